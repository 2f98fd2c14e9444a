"""What the templates may say of a resource in Azure: its version, its properties, and what is secure."""

from typing import Any

Json = dict[str, Any]

VERSIONS = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.ContainerRegistry/registries": "2025-04-01",
    "Microsoft.ContainerService/managedClusters": "2024-09-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.KeyVault/vaults": "2023-07-01",
    "Microsoft.MachineLearningServices/workspaces": "2025-06-01",
    "Microsoft.MachineLearningServices/workspaces/computes": "2025-06-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2023-01-31",
    "Microsoft.OperationalInsights/workspaces": "2023-09-01",
    "Microsoft.Resources/deployments": "2022-09-01",
    "Microsoft.Storage/storageAccounts": "2023-05-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2023-05-01",
}
NEWEST_IS_OLD = {"Microsoft.Insights/components"}  # of which no later version was ever finished
# Properties that Microsoft's reference has for that very version, as far as the templates use them. Azure refuses an
# unknown one, or passes over it: look it up before it is added here, and all of them when the version changes.
PROPERTIES = {
    ("Microsoft.ContainerRegistry/registries", "2025-04-01"): {
        *("adminUserEnabled", "anonymousPullEnabled", "dataEndpointEnabled", "networkRuleBypassOptions"),
        *("networkRuleSet", "policies", "publicNetworkAccess", "zoneRedundancy"),
    },
    ("Microsoft.ContainerService/managedClusters", "2024-09-01"): {
        *("aadProfile", "addonProfiles", "agentPoolProfiles", "apiServerAccessProfile", "autoUpgradeProfile"),
        *("disableLocalAccounts", "dnsPrefix", "enableRBAC", "networkProfile"),
    },
    ("Microsoft.KeyVault/vaults", "2023-07-01"): {
        *("enablePurgeProtection", "enableRbacAuthorization", "enableSoftDelete", "enabledForDeployment"),
        *("enabledForDiskEncryption", "enabledForTemplateDeployment", "networkAcls", "publicNetworkAccess", "sku"),
        *("softDeleteRetentionInDays", "tenantId"),
    },
    ("Microsoft.MachineLearningServices/workspaces", "2025-06-01"): {
        *("applicationInsights", "containerRegistry", "friendlyName", "hbiWorkspace", "imageBuildCompute", "keyVault"),
        *("managedNetwork", "primaryUserAssignedIdentity", "publicNetworkAccess", "storageAccount"),
        *("systemDatastoresAuthMode", "v1LegacyMode"),
    },
    ("Microsoft.MachineLearningServices/workspaces/computes", "2025-06-01"): {
        *("computeType", "disableLocalAuth", "properties"),
    },
    ("Microsoft.Storage/storageAccounts", "2023-05-01"): {
        *("accessTier", "allowBlobPublicAccess", "allowCrossTenantReplication", "allowSharedKeyAccess"),
        *("defaultToOAuthAuthentication", "encryption", "minimumTlsVersion", "networkAcls", "publicNetworkAccess"),
        *("supportsHttpsTrafficOnly",),
    },
}
SECURE: dict[str, Json] = {
    "Microsoft.ContainerRegistry/registries": {
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "publicNetworkAccess": "Disabled",
        "defaultAction": "Deny",
    },
    "Microsoft.ContainerService/managedClusters": {"disableLocalAccounts": True, "enablePrivateCluster": True},
    "Microsoft.KeyVault/vaults": {
        "enableRbacAuthorization": True,
        "enablePurgeProtection": True,
        "enableSoftDelete": True,
        "publicNetworkAccess": "Disabled",
        "defaultAction": "Deny",
    },
    "Microsoft.MachineLearningServices/workspaces": {
        "publicNetworkAccess": "Disabled",
        "systemDatastoresAuthMode": "Identity",
        "isolationMode": "AllowOnlyApprovedOutbound",
        "type": "UserAssigned",
    },
    "Microsoft.MachineLearningServices/workspaces/computes": {
        "disableLocalAuth": True,
        "enableNodePublicIp": False,
        "remoteLoginPortPublicAccess": "Disabled",
        "type": "UserAssigned",
    },
    "Microsoft.Storage/storageAccounts": {
        "allowSharedKeyAccess": False,
        "allowBlobPublicAccess": False,
        "publicNetworkAccess": "Disabled",
        "defaultAction": "Deny",
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    },
}
BANNED = {
    "Microsoft.KeyVault/vaults": {"accessPolicies"},  # who may is said by roles
    "Microsoft.MachineLearningServices/workspaces": {"sku"},  # it stands beside the properties, never in them
}
# What Microsoft asks for a workspace that acts as an identity of its own, and whose managed network makes private
# endpoints to what it uses.
ROLES_OF_WORKSPACE = {
    "Microsoft.ContainerRegistry/registries": {"contributor", "connectionApprover"},
    "Microsoft.Insights/components": {"contributor"},
    "Microsoft.KeyVault/vaults": {"contributor", "vaultAdministrator", "connectionApprover"},
    "Microsoft.MachineLearningServices/workspaces": {"contributor", "connectionApprover"},
    "Microsoft.Storage/storageAccounts": {"contributor", "blobContributor", "fileContributor", "connectionApprover"},
}
ROLES = {  # Azure's built-in roles, the same in every subscription
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "contributor",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "blobContributor",  # Storage Blob Data Contributor
    "69566ab7-960f-475b-8e7c-b3118f30c6bd": "fileContributor",  # Storage File Data Privileged Contributor
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "vaultAdministrator",  # Key Vault Administrator
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "imagePull",  # AcrPull
    "b556d68e-0be0-4f35-a333-ad7ee1ce17ea": "connectionApprover",  # Azure AI Enterprise Network Connection Approver
    "f6c7c914-8db3-469d-8ca1-694a8f32e121": "dataScientist",  # AzureML Data Scientist
    "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815": "computeOperator",  # AzureML Compute Operator
}
