"""Ask the REST API of Azure DevOps, signed in as the login of the Azure CLI."""

from dataclasses import dataclass

from operation.execution.azure_cli import AzureCli, AzureCliError, Json, are_mappings, unexpected
from operation.execution.doctor.azure_devops.project import Project

RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"  # Azure DevOps in Microsoft Entra: the same id in every directory
STABLE, PREVIEW = "7.1", "7.1-preview.1"


@dataclass(frozen=True)
class RestApi:
    """One project, and the CLI that asks about it."""

    cli: AzureCli
    project: Project

    def pipelines(self) -> list[Json]:
        """Return the project's pipelines; only those of this clone's repository, where that is known."""
        found = self._list("the pipelines", "build/definitions", STABLE, "includeAllProperties=true")
        ours = self.project.repository.lower()
        return [one for one in found if not ours or one.get("repository", {}).get("name", "").lower() == ours]

    def service_connections(self) -> list[Json]:
        """Return the project's service connections to Azure; the API leaves out their secrets."""
        return self._list("the service connections", "serviceendpoint/endpoints", STABLE, "type=azurerm")

    def environments(self) -> list[Json]:
        """Return the project's environments."""
        return self._list("the environments", "distributedtask/environments", STABLE, "$top=1000")

    def run_retention_days(self) -> int:
        """Return for how many days the project keeps runs."""
        settings = self._get("the retention of runs", "build/retention", STABLE)
        return int(settings["purgeRuns"]["value"])

    def checks(self, kind: str, identifier: str) -> list[Json]:
        """Return the checks on a resource; `kind` is "endpoint" or "environment"."""
        query = [f"resourceType={kind}", f"resourceId={identifier}", "$expand=settings"]
        return self._list("the checks", "pipelines/checks/configurations", PREVIEW, *query)

    def permissions(self, kind: str, identifier: str) -> Json:
        """Return which pipelines may use a resource."""
        return self._get("the permissions", f"pipelines/pipelinepermissions/{kind}/{identifier}", PREVIEW)

    def _list(self, what: str, path: str, version: str, *query: str) -> list[Json]:
        answer = self._get(what, path, version, *query)
        found = answer.get("value")
        if not are_mappings(found):
            raise unexpected(f"see {what} of {self.project}", 'list "value"', str(answer))
        return found

    def _get(self, what: str, path: str, version: str, *query: str) -> Json:
        address = f"{self.project.address}/_apis/{path}"
        doing = f"see {what} of {self.project}"
        command = ["rest", "--method", "get", "--url", address, "--resource", RESOURCE]
        command += ["--url-parameters", f"api-version={version}", *query]  # cmd.exe, which runs az.cmd, splits at &
        try:
            return self.cli.mapping(doing, *command, remedies=self._remedies())
        except AzureCliError as error:
            # Whom the organisation does not know, it answers with its sign-in page and status 203: no error for az.
            if error.said.lstrip().lower().startswith(("<!doctype", "<html")):
                raise AzureCliError(f"Cannot {doing}. {self._unknown_login()}", error.said) from error
            raise

    def _remedies(self) -> dict[str, str]:
        wrong = f"Check organisation and project: they come from {self.project.source}."
        return {
            "TF200016": wrong,  # no such project
            "Not Found(": wrong,
            "Unauthorized(": self._unknown_login(),
            "Forbidden(": "The login may not see it: it needs the role Reader or User there.",
        }

    def _unknown_login(self) -> str:
        return (
            f"The organisation {self.project.organisation} does not know this login: add it there, or log in to the "
            "organisation's directory: az login --tenant TENANT."
        )
