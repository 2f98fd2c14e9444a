"""Remedies for errors of Azure, each known by a phrase in the Azure CLI's message."""

from operation.execution.backends.azureml.workspace_names import Names

QUOTA = (
    "A quota is too small: request more (portal, Quotas), or set a smaller vm_size or most_nodes in "
    "configuration/environments."
)
RUNNING = "Another deployment is running there: wait until it has ended, and run the same command again."
DELETED_VAULT = (
    "A deleted key vault still has this name. Run az keyvault recover --name NAME (az keyvault list-deleted shows the "
    "name), then the same command again."
)
OBJECT_ID = "az ad sp show --id CLIENT_ID --query id --output tsv"  # of the enterprise application
POLICY = (
    "A policy of your organisation forbids it: change azure-pipelines/infrastructure/parameters to comply, or ask "
    "for an exemption."
)
STRANGER = (
    "A new identity takes minutes to be known everywhere: run the same command again. If that does not help, "
    "pipelinePrincipalId is the object id of the app registration, and must be that of its enterprise "
    f"application: {OBJECT_ID}"
)
RIGHTS = "The login needs the role Owner, or Contributor and Role Based Access Control Administrator, on {group}."
# By phrase. The first phrase found decides, so the specific ones come first: a refused policy, for instance, is often
# reported together with a general "does not have permission".
REMEDIES = {
    "ResourceGroupNotFound": (
        "Create it first, or ask somebody who may: "
        "az group create --name {group} --location REGION --subscription {subscription}"
    ),
    "doesn't exist in cloud": "Check subscription_id ({subscription}, from {source}), or the tenant.",
    "RequestDisallowedByPolicy": POLICY,
    "SubscriptionIsOverQuota": QUOTA,
    "QuotaExceeded": QUOTA,
    "exceeding approved": QUOTA,
    "QuotaLimit": QUOTA,
    "SkuNotAvailable": "This size is not offered there: set another vm_size in configuration/environments.",
    "MissingSubscriptionRegistration": (
        "Somebody with rights there must register the service: "
        "az provider register --namespace NAMESPACE --subscription {subscription}"
    ),
    "Soft-deleted workspace exists": (
        "A deleted workspace keeps the name {workspace} for 14 days: delete it permanently in the portal (Azure "
        "Machine Learning, Recently deleted), or choose another name, then run the same command again."
    ),
    "deleted state": DELETED_VAULT,
    "DeploymentActive": RUNNING,
    "ScopeLocked": "A lock protects it. List its locks: az lock list --resource-group {group}",
    "PrincipalNotFound": STRANGER,
    "AuthorizationFailed": RIGHTS,
    "Authorization failed": RIGHTS,
    "does not have permission": RIGHTS,
}


def remedies(names: Names) -> dict[str, str]:
    """Return remedies by phrase, for one resource group; the first phrase found in a message decides."""
    known = {"group": names.resource_group, "subscription": names.subscription_id}
    known |= {"workspace": names.workspace, "source": names.source}
    return {phrase: remedy.format(**known) for phrase, remedy in REMEDIES.items()}
