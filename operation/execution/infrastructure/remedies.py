"""What to do when Azure refuses: a sign in the Azure CLI's words, and the remedy for it."""

from operation.execution.backends.azureml.workspace_names import Names

QUOTA = (
    "A quota is too small: ask for more (portal, Quotas), or take a smaller vm_size or most_nodes in "
    "configuration/environments."
)
RUNNING = "A deployment is running there: wait for its end, and give the same command again."
DELETED_VAULT = (
    "A deleted key vault still has this name: az keyvault recover --name NAME (az keyvault list-deleted names it), "
    "then the same command again."
)
OBJECT_ID = "az ad sp show --id CLIENT_ID --query id --output tsv"  # of the enterprise application


def remedies(names: Names) -> dict[str, str]:
    """Signs and remedies for one resource group, the most telling first."""
    group, subscription = names.resource_group, names.subscription_id
    create = f"az group create --name {group} --location REGION --subscription {subscription}"
    rights = f"The login needs the role Owner, or Contributor and Role Based Access Control Administrator, on {group}."
    register = f"az provider register --namespace NAMESPACE --subscription {subscription}"
    stranger = (
        "A new identity takes minutes to be known everywhere: give the same command again. Where that does not help, "
        f"pipelinePrincipalId is the app registration's object id; its enterprise application's is meant: {OBJECT_ID}"
    )
    deleted = (
        f"A deleted workspace holds the name {names.workspace} for 14 days: delete it permanently in the portal (Azure "
        "Machine Learning, Recently deleted), or take another name, then the same command again."
    )
    policy = (
        "A policy of the organisation forbids it: relax or tighten azure-pipelines/infrastructure/parameters, or ask."
    )
    return {
        "ResourceGroupNotFound": f"Make it first, or have somebody make it who may: {create}",
        "doesn't exist in cloud": f"Check subscription_id ({subscription}, from {names.source}), or az login --tenant.",
        "RequestDisallowedByPolicy": policy,
        "SubscriptionIsOverQuota": QUOTA,
        "QuotaExceeded": QUOTA,
        "exceeding approved": QUOTA,
        "QuotaLimit": QUOTA,
        "SkuNotAvailable": "This size is not offered there: take another vm_size in configuration/environments.",
        "MissingSubscriptionRegistration": f"Whoever may in the subscription registers the service: {register}",
        "Soft-deleted workspace exists": deleted,
        "deleted state": DELETED_VAULT,
        "DeploymentActive": RUNNING,
        "ScopeLocked": "A lock protects it: az lock list --resource-group " + group,
        "PrincipalNotFound": stranger,
        "AuthorizationFailed": rights,
        "Authorization failed": rights,
        "does not have permission": rights,
    }
