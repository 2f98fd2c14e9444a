"""The fields of bodies, query keys and headers that routes take; `route_table` says which route takes which.

ANY is honoured, or kept and given back. `Only` and `never` say why the rest is refused, and what to do instead.
"""

from azureml_offline.server.accepted import ANY, KEYS, NUMBER, ByValue, Each, Only, Rule, never

NO_DATASETS = "it has no data sets: read the files of the datastore in the script."
NO_IMAGES = "it has no images: deploy with an InferenceConfig and an Environment."
NO_NETWORKS = "it has no virtual networks: leave it out."
ONE_NODE = "a job is one process on one node: leave it out, or make it 1."
HTTP_ONLY = "its web services answer by HTTP: leave out ssl_enabled and what belongs to it."
NO_COLLECTION = "it collects no data of web services: leave it out."
NO_INSIGHTS = "it has no Application Insights: leave it out."
PIP_ONLY = "it makes environments of Python and pip's packages alone."
UNSORTED = "it lists the newest first, in no other order."
WHOLE = "it answers with everything at once."

FROM_ARM: dict[str, Rule] = {"id": ANY, "name": ANY, "type": ANY, "location": ANY, "tags": KEYS, "sku": ANY}
IDENTITY: Rule = {"type": ANY, "userAssignedIdentities": KEYS, "principalId": ANY, "tenantId": ANY}
AML_COMPUTE: Rule = {
    "vmSize": ANY,
    "vmPriority": ANY,  # nobody takes a node of low priority away
    "scaleSettings": {"minNodeCount": ANY, "maxNodeCount": ANY, "nodeIdleTimeBeforeScaleDown": ANY},
    "osType": Only(("Linux",), "its nodes run Linux."),
    "subnet": never(NO_NETWORKS),
    "enableNodePublicIp": Only((True,), NO_NETWORKS),
    "isolatedNetwork": Only((False,), NO_NETWORKS),
    "remoteLoginPortPublicAccess": Only(("NotSpecified", "Disabled"), "nobody can log in to its nodes: leave it out."),
    "userAccountCredentials": never("nobody can log in to its nodes: leave out admin_username and the rest."),
}
AKS_CLUSTER: Rule = {
    "agentCount": ANY,
    "agentVmSize": ANY,
    "clusterPurpose": ANY,
    "clusterFqdn": ANY,
    "aksNetworkingConfiguration": never(NO_NETWORKS),
    "loadBalancerType": Only(("PublicIp",), NO_NETWORKS),
    "loadBalancerSubnet": never(NO_NETWORKS),
    "sslConfiguration": never(HTTP_ONLY),
}
COMPUTE_PROPERTIES: dict[str, Rule] = {"computeType": ANY, "computeLocation": ANY, "description": ANY}
COMPUTE_PROPERTIES |= {"resourceId": ANY, "disableLocalAuth": ANY}
COMPUTE: Rule = {
    **FROM_ARM,
    "identity": IDENTITY,
    "properties": ByValue(
        "computeType",
        {
            "AmlCompute": {**COMPUTE_PROPERTIES, "properties": AML_COMPUTE},
            "AKS": {**COMPUTE_PROPERTIES, "properties": AKS_CLUSTER},
        },
    ),
}
CHANGED_COMPUTE: Rule = {
    "computeType": ANY,
    "properties": {"scaleSettings": {"minNodeCount": ANY, "maxNodeCount": ANY, "nodeIdleTimeBeforeScaleDown": ANY}},
}
SECRET: Rule = {"name": ANY, "value": ANY, "contentType": ANY}
ENVIRONMENT: Rule = {
    "name": ANY,
    "version": ANY,
    "assetId": ANY,
    "environmentVariables": KEYS,
    "inferencingStackVersion": ANY,
    "python": {
        "userManagedDependencies": ANY,  # the build says so
        "interpreterPath": Only(("python",), "the interpreter is the one of the conda specification: leave it out."),
        "condaDependenciesFile": ANY,
        "baseCondaEnvironment": never(PIP_ONLY),
        "condaDependencies": ANY,  # the build says what it cannot install
    },
    "docker": {
        "enabled": ANY,
        "baseImage": Only(
            ("mcr.microsoft.com/azureml/*", "mcr.microsoft.com/azureml:*"),
            "it runs no containers, so only Azure ML's own base images, which hold no packages, can be named.",
        ),
        "baseDockerfile": never("it builds no images: name the packages in the conda specification."),
        "buildContext": never("it builds no images: name the packages in the conda specification."),
        "sharedVolumes": ANY,
        "shmSize": ANY,
        "arguments": never("it runs no containers: leave it out."),
        "baseImageRegistry": never("it pulls no images: leave it out."),
        "platform": {"os": Only(("Linux",), "it runs on Linux."), "architecture": Only(("amd64",), "leave it out.")},
    },
    "spark": {"repositories": never(PIP_ONLY), "packages": never(PIP_ONLY), "precachePackages": ANY},
    "databricks": never(PIP_ONLY),
    "r": never(PIP_ONLY),
}
REGISTERED: Rule = {  # kept and given back; what a job or a service cannot honour is refused there
    "name": ANY,
    "Name": ANY,
    "version": ANY,
    "python": KEYS,
    "EnvironmentVariables": KEYS,
    "Docker": KEYS,
    "Spark": KEYS,
    "InferencingStackVersion": ANY,
    "r": ANY,
}
UNUSED_BY_PYTHON: dict[str, Rule] = dict.fromkeys(("spark", "hdi", "tensorflow", "pytorch", "paralleltask"), ANY)
JOB: Rule = {
    **UNUSED_BY_PYTHON,  # each counts for its own framework or communicator, which are refused
    "script": ANY,
    "arguments": ANY,
    "command": ANY,
    "target": ANY,
    "framework": Only(("Python",), "a job is one process of Python: start what else is needed in the script."),
    "communicator": Only(("None", "OpenMpi", "IntelMpi", "Mpi"), ONE_NODE),
    "maxRunDurationSeconds": ANY,
    "nodeCount": Only((1,), ONE_NODE),
    "mpi": {"processCountPerNode": Only((1,), ONE_NODE), "nodeCount": Only((1,), ONE_NODE)},
    "priority": never("every job starts at once: leave it out."),
    "environment": ENVIRONMENT,
    "environmentVariables": KEYS,
    "history": {
        "outputCollection": Only((True,), "the files in outputs always become artifacts: leave it out."),
        "snapshotProject": Only((True,), "a job always has a snapshot of its source: leave it out."),
        "directoriesToWatch": ANY,
    },
    "docker": {  # jobs run beside this process, in containers or not
        "useDocker": ANY,
        "sharedVolumes": ANY,
        "shmSize": ANY,
        "arguments": never("it runs no containers: leave it out."),
    },
    "data": never(NO_DATASETS),
    "dataReferences": never("it mounts no datastores: download the files in the script."),
    "outputData": never("it mounts no datastores: write to outputs, or upload the files in the script."),
    "datacaches": never(NO_DATASETS),
    "sourceDirectoryDataStore": never("snapshots are in the workspace's own storage: leave it out."),
    "amlcompute": {
        "retainCluster": Only((False,), "clusters are made by ComputeTarget.create: name one."),
        "*": never("clusters are made by ComputeTarget.create: name one as compute_target."),
    },
    "kubernetescompute": never("its one cluster of Kubernetes runs no jobs: name an AmlCompute."),
    "credentialPassthrough": Only((False,), "jobs have the identity of their cluster alone: leave it out."),
}
SUBMITTED: Rule = {
    "Configuration": JOB,
    "SnapshotId": ANY,
    "ParentRunId": ANY,
    "TelemetryValues": ANY,
    "TargetDetails": never("jobs run on an AmlCompute."),
}
RUN: dict[str, Rule] = dict.fromkeys(
    (
        "runId", "parentRunId", "status", "startTimeUtc", "endTimeUtc", "heartbeatEnabled", "name", "displayName",
        "dataContainerId", "description", "hidden", "runType", "runTypeV2", "properties", "scriptName", "target",
        "tags", "runDefinition", "primaryMetricName", "createdFrom",
    ),
    ANY,
)  # fmt: skip
RUN |= {"inputDatasets": never(NO_DATASETS), "outputDatasets": never(NO_DATASETS)}
VIEWS = Only(("ActiveOnly", "ArchivedOnly", "All", "Default"), "it has ActiveOnly, ArchivedOnly and All.")
QUERY: dict[str, Rule] = {"filter": ANY, "orderby": ANY, "top": NUMBER, "continuationToken": NUMBER}
EVENT: Rule = {"timestamp": ANY, "name": ANY, "data": ANY}
RESOURCES: Rule = {
    "cpu": ANY,  # sizes are checked where Azure has limits; what runs here gets what this machine has
    "cpuLimit": ANY,
    "memoryInGB": ANY,
    "memoryInGBLimit": ANY,
    "gpu": Only((0,), "it has no GPU: leave out gpu_cores."),
}
COLLECTION: Rule = {"*": Only((False,), NO_COLLECTION)}
SERVICE: dict[str, Rule] = {
    "name": ANY,
    "description": ANY,
    "kvTags": KEYS,
    "tags": KEYS,
    "properties": KEYS,
    "keys": {"primaryKey": ANY, "secondaryKey": ANY},
    "computeType": ANY,
    "computeName": ANY,
    "overwrite": ANY,
    "location": ANY,
    "imageId": never(NO_IMAGES),
    "environmentImageRequest": {
        "driverProgram": ANY,
        "assets": Each({"id": ANY, "url": ANY, "mimeType": ANY, "unpack": ANY}),
        "modelIds": ANY,
        "environment": ENVIRONMENT,
    },
    "authEnabled": ANY,
    "appInsightsEnabled": Only((False,), NO_INSIGHTS),
    "containerResourceRequirements": RESOURCES,
    "dataCollection": COLLECTION,
}
OF_ACI: dict[str, Rule] = {
    "dnsNameLabel": ANY,
    "sslEnabled": Only((False,), HTTP_ONLY),
    "sslCertificate": never(HTTP_ONLY),
    "sslKey": never(HTTP_ONLY),
    "cname": never(HTTP_ONLY),
    "vnetConfiguration": never(NO_NETWORKS),
    "encryptionProperties": never("it has no keys of a customer: leave out what begins with cmk_."),
}
OF_AKS: dict[str, Rule] = {
    "aadAuthEnabled": ANY,
    "namespace": ANY,
    "numReplicas": ANY,  # like sizes: given back, and what answers is one process
    "autoScaler": ANY,
    "livenessProbeRequirements": ANY,  # a process that has died is noticed at once
    "scoringTimeoutMs": ANY,
    "maxConcurrentRequestsPerContainer": Only((1,), "a service answers one request at a time: leave it out."),
    "maxQueueWaitMs": never("requests wait without a limit: leave out max_request_wait_time."),
    "isDefault": ANY,
    "trafficPercentile": ANY,
    "type": ANY,
}
VERSIONS: Rule = {"*": {**SERVICE, **OF_AKS}}
CREATED: Rule = ByValue(
    "computeType",
    {
        "ACI": {**SERVICE, **OF_ACI},
        "AKS": {**SERVICE, **OF_AKS},
        "AKSENDPOINT": {**SERVICE, **OF_AKS, "versions": VERSIONS},
    },
)
MODEL: dict[str, Rule] = dict.fromkeys(
    (
        "id", "name", "version", "framework", "frameworkVersion", "url", "mimeType", "description", "unpack", "runId",
        "experimentName", "sampleInputData", "sampleOutputData", "resourceRequirements", "parentModelId", "kvTags",
        "tags", "properties", "createdTime", "modifiedTime", "createdBy", "derivedModelIds",
    ),
    ANY,
)  # fmt: skip
MODEL |= {"datasets": never(NO_DATASETS)}
ASSET: dict[str, Rule] = dict.fromkeys(
    ("id", "name", "type", "description", "artifacts", "kvTags", "properties", "runid", "meta", "createdTime"), ANY
)
LABELS: dict[str, Rule] = {"tags": ANY, "tag": ANY, "properties": ANY}
FEW: dict[str, Rule] = {"count": NUMBER, "$skipToken": NUMBER}
SIGNED: dict[str, Rule] = dict.fromkeys(("sv", "sr", "sp", "st", "se", "spr", "sig", "timeout"), ANY)
CONDITIONS = "of conditions it has If-Match, and If-None-Match: * for a blob that must be new."
BLOB_HEADERS: dict[str, Rule] = {
    "x-ms-blob-type": Only(("BlockBlob", "AppendBlob"), "it has block blobs and append blobs."),
    "x-ms-meta-*": never("it keeps no metadata of blobs."),
    "x-ms-copy-source*": never("it copies no blobs: upload them."),
    "x-ms-lease-id": never("it has no leases."),
    "x-ms-encryption-*": never("it has no keys of a customer."),
    "if-modified-since": never(CONDITIONS),
    "if-unmodified-since": never(CONDITIONS),
}
LISTED = Only(("list",), "of a container it answers what is in it.")
PARTS = Only(("block", "blocklist", "appendblock"), "it writes whole blobs, their blocks, and to their end.")
