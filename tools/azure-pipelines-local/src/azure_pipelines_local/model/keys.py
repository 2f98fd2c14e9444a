"""Which keys a pipeline's mappings have. Source: Microsoft's reference, https://learn.microsoft.com/azure/devops/
pipelines/yaml-schema/, and the schema of the service as check-jsonschema ships it."""

WORK = ("stages", "jobs", "steps")
ANY_PIPELINE = (
    *("name", "trigger", "pr", "schedules", "resources", "variables", "pool", "lockBehavior"),
    "appendCommitMessageToRunName",
)
ONLY_STEPS = ("strategy", "continueOnError", "container", "services", "workspace")  # of a pipeline without jobs
PIPELINE = (*ANY_PIPELINE, *WORK)
PIPELINE_OF_STEPS = (*ANY_PIPELINE, "steps", *ONLY_STEPS)
STAGE = (
    *("stage", "displayName", "dependsOn", "condition", "variables", "jobs", "pool", "lockBehavior", "trigger"),
    *("isSkippable", "templateContext", "group"),
)
ANY_JOB = (
    *("displayName", "dependsOn", "condition", "continueOnError", "timeoutInMinutes", "cancelTimeoutInMinutes"),
    *("variables", "strategy", "pool", "container", "services", "workspace", "uses", "templateContext"),
)
JOB = ("job", *ANY_JOB, "steps")
DEPLOYMENT = ("deployment", *ANY_JOB, "environment")
ENVIRONMENT = ("name", "resourceName", "resourceId", "resourceType", "tags")
POOL = ("name", "vmImage", "demands", "image", "os", "hostArchitecture")  # the last three are of managed pools
JOB_STRATEGY = ("matrix", "parallel", "maxParallel")
HOOKS = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")
DEPLOYMENT_STRATEGIES = {
    "runOnce": (*HOOKS, "on"),
    "rolling": ("maxParallel", *HOOKS, "on"),
    "canary": ("increments", *HOOKS, "on"),
}
OUTCOMES = ("success", "failure")
HOOK = ("steps", "pool")

ANY_STEP = (
    *("name", "displayName", "condition", "enabled", "continueOnError", "timeoutInMinutes"),
    *("retryCountOnTaskFailure", "env", "target"),
)
POWERSHELL = ("errorActionPreference", "failOnStderr", "ignoreLASTEXITCODE", "workingDirectory")
STEPS = {  # what a step of the kind can have, beside ANY_STEP
    "task": ("inputs",),
    "script": ("failOnStderr", "workingDirectory"),
    "bash": ("failOnStderr", "workingDirectory"),
    "pwsh": POWERSHELL,
    "powershell": POWERSHELL,
    "checkout": (
        *("clean", "fetchDepth", "fetchFilter", "fetchTags", "lfs", "persistCredentials", "submodules", "path"),
        *("sparseCheckoutDirectories", "sparseCheckoutPatterns", "workspaceRepo"),
    ),
    "publish": ("artifact",),
    "upload": ("artifact",),
    "download": ("artifact", "patterns", "path"),
    "downloadBuild": ("artifact", "path", "patterns", "inputs"),
    "getPackage": ("path",),
    "reviewApp": (),
}

TRIGGER = ("batch", "branches", "paths", "tags")
PULL_REQUEST = ("autoCancel", "branches", "paths", "drafts")
SCHEDULE = ("cron", "displayName", "branches", "batch", "always")
RESOURCES = {  # the first key of each is its name here
    "repositories": ("repository", "type", "name", "ref", "endpoint", "project", "trigger", "checkoutOptions"),
    "pipelines": ("pipeline", "project", "source", "version", "branch", "tags", "trigger"),
    "containers": (
        *("container", "image", "type", "endpoint", "env", "options", "ports", "volumes", "mapDockerSocket"),
        *("mountReadOnly", "localImage", "azureSubscription", "resourceGroup", "registry", "repository", "trigger"),
    ),
    "builds": ("build", "type", "connection", "source", "version", "branch", "trigger"),
    "packages": ("package", "type", "connection", "name", "version", "tag", "trigger"),
    "webhooks": ("webhook", "type", "connection", "filters"),
}
REPO = ("repo", "clean", "fetchDepth")  # of the old form of resources; `checkout` has all options
RESOURCE_TRIGGER = ("enabled", "branches", "stages", "tags", "paths", "batch")
VARIABLE = ("name", "value", "readonly")
