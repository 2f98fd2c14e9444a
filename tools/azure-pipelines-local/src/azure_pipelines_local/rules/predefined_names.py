"""The variables that Azure DevOps defines itself. Source: https://learn.microsoft.com/azure/devops/pipelines/build/
variables"""

NAMES = frozenset(  # as text: a list of them would fill pages
    """
    Agent.BuildDirectory Agent.ContainerMapping Agent.HomeDirectory Agent.Id Agent.JobName Agent.JobStatus
    Agent.MachineName Agent.Name Agent.OS Agent.OSArchitecture Agent.TempDirectory Agent.ToolsDirectory
    Agent.WorkFolder Agent.DiagnosticsFolder
    Build.ArtifactStagingDirectory Build.BuildId Build.BuildNumber Build.BuildUri Build.BinariesDirectory
    Build.ContainerId Build.CronSchedule.DisplayName Build.DefinitionName Build.DefinitionVersion Build.QueuedBy
    Build.QueuedById Build.Reason Build.Repository.Clean Build.Repository.LocalPath Build.Repository.ID
    Build.Repository.Name Build.Repository.Provider Build.Repository.Uri Build.RequestedFor Build.RequestedForEmail
    Build.RequestedForId Build.SourceBranch Build.SourceBranchName Build.SourcesDirectory Build.SourceVersion
    Build.SourceVersionMessage Build.StagingDirectory Build.Repository.Git.SubmoduleCheckout
    Build.TriggeredBy.BuildId Build.TriggeredBy.DefinitionId Build.TriggeredBy.DefinitionName
    Build.TriggeredBy.BuildNumber Build.TriggeredBy.ProjectID Common.TestResultsDirectory
    Environment.Name Environment.Id Environment.ResourceName Environment.ResourceId Strategy.Name Strategy.CycleName
    Strategy.Action Strategy.Increment
    Pipeline.Workspace System.AccessToken System.CollectionId System.CollectionUri System.DefaultWorkingDirectory
    System.Debug System.DefinitionId System.DefinitionName System.HostType System.JobAttempt System.JobDisplayName
    System.JobId System.JobName System.JobPositionInPhase System.OidcRequestUri System.PhaseAttempt
    System.PhaseDisplayName System.PhaseName System.PlanId System.PullRequest.IsFork
    System.PullRequest.PullRequestId System.PullRequest.PullRequestNumber System.PullRequest.SourceBranch
    System.PullRequest.SourceBranchName System.PullRequest.SourceCommitId
    System.PullRequest.SourceRepositoryURI System.PullRequest.targetBranchName System.PullRequest.TargetBranch
    System.PullRequest.MergedAt System.StageAttempt System.StageDisplayName System.StageName
    System.TaskDefinitionsUri System.TeamFoundationCollectionUri System.TeamProject System.TeamProjectId
    System.TimelineId System.TotalJobsInPhase TF_BUILD Checks.StageAttempt Checks.StageId
    """.split()  # noqa: SIM905  likewise
)
READ_ONLY = frozenset(  # no step can set them. Source: Constants.Variables of microsoft/azure-pipelines-agent
    """
    agent.builddirectory agent.containermapping agent.homedirectory agent.id agent.jobname agent.jobstatus
    agent.machinename agent.name agent.os agent.osarchitecture agent.rootdirectory agent.tempdirectory
    agent.toolsdirectory agent.version agent.workfolder
    build.artifactstagingdirectory build.binariesdirectory build.buildnumber build.definitionname
    build.repository.clean build.repository.git.submodulecheckout build.repository.id build.repository.localpath
    build.repository.name build.repository.provider build.repository.uri build.sourcebranch build.sourcesdirectory
    build.sourceversion build.sourceversionauthor build.sourceversionmessage build.stagingdirectory
    common.testresultsdirectory pipeline.workspace system.accesstoken system.artifactsdirectory system.collectionid
    system.culture system.defaultworkingdirectory system.definitionid system.definitionname
    system.hosttype system.jobattempt system.jobdisplayname system.jobid system.jobname system.phaseattempt
    system.phasedisplayname system.phasename system.planid system.pullrequest.targetbranch system.stageattempt
    system.stagedisplayname system.stagename system.teamproject system.teamprojectid
    """.split()  # noqa: SIM905  likewise
)
RUN_NAME = frozenset(  # in `name` of a pipeline; some with a format after a colon
    """
    builddefinitionname buildid date dayofmonth dayofyear hours minutes month rev seconds sourcebranchname teamproject
    year
    """.split()  # noqa: SIM905  likewise
)
LOWER = {name.lower(): name for name in NAMES}
BEGINNINGS = (  # of those that an agent or a run sets: `${{ }}` does not see them yet
    *("Agent.", "Environment.", "Strategy.", "Pipeline.", "Checks.", "Common."),
    *("System.Job", "System.Phase", "System.Stage", "System.Timeline", "System.Plan"),
)
ENDS = ("Directory", "LocalPath", "BuildId", "BuildNumber", "SourceVersionMessage")  # likewise
AT_RUN_TIME = tuple(name.lower() for name in NAMES if name.startswith(BEGINNINGS) or name.endswith(ENDS))


def known(name: str) -> bool:
    """Return whether Azure DevOps defines a variable of this name; those of resources contain their names."""
    return name.lower() in LOWER or name.lower().startswith("resources.")
