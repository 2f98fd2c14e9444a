"""The text of docs/benchmarks.md around what is measured."""

TEXT = """# Benchmarks

How much this project costs on top of the raw work, from one run of `python noxfile.py -s bench` on one machine. Each
figure is the median over pairs of runs that took turns, A B A B; a ratio is taken within each pair. Steps with a memory
bound and the back-test are measured once, an offline workspace at {starts} starts.

{targets}
![Every figure as a multiple of its target]({plot})

What the runs are compared with, and what they include:

* [The raw script](../operation/tests/bench/raw_script.py) reads the same files with pandas and uses the same SQL,
  features, settings of LightGBM, metrics and plots, in one process, and nothing else: no validation, tracking,
  gate, registry or ONNX. Each pair checks that both models are the same, byte for byte. Both use one thread.
* A cold run has an empty outputs folder and an empty cache: no raw data, no MLflow database, no champion. The others
  follow such a run in the same folders: with another learning rate, preparation and validation are reused.
* A run with nothing changed imports, from outside the standard library and this repository: {imported}.
  It must not import Pandas, NumPy, Arrow, DuckDB, Great Expectations, MLflow, matplotlib, scikit-learn, LightGBM
  or ONNX Runtime: the benchmark fails if it does.
* `invoke new` reads a CSV file of 200,000 customers, 14 MB, in a fresh clone, writes the use case, and trains.
  [The plain script](../operation/tests/bench/plain_script.py) reads, trains and tests with the same settings, in one
  process, and its model must be as good.
* The checks are those of the suite `flights` on {copies} copies of every flight. Their time excludes imports and
  Data Docs, and includes reading from the file, while [the checks by hand](../operation/tests/bench/by_hand.py) start
  with everything in memory.
* Servers are asked by one client over the loopback, in turn with what they are compared with, and their figure is the
  CPU time of their processes for a thousand requests. [The bare application](../operation/tests/bench/servers.py)
  decodes by msgspec, scores and encodes, and knows no key, limits, log, metrics or words for what is wrong.
* Azure ML's inference server is also compared, without a target and at the end of this page, with itself given
  [a script that only calls ONNX Runtime](../operation/tests/bench/ready_row.py), with a row that is ready. A first call
  in a request takes several times as long as a second one would: the server's own code has been in the processor's
  caches since the last.
* `run()` and ONNX Runtime alone get twenty different requests in turn. One again and again would teach the processor
  the way through every tree, and take ONNX Runtime a third less than what anybody asks.
* `invoke score` is measured by the script that does its work, `src/batch_score.py`, with a million rows that are
  prepared, and ONNX Runtime with the same rows in memory, encoded, in one thread. What it takes to start, which is what
  it takes for a row in each part, is taken away; reading, encoding, writing and hashing are not.
* Two processes that share the rows are compared with one, and with two commands at once that know nothing of each
  other. The second figure says what sharing costs, however idle the cores are. The first one needs idle cores: a pair
  is measured again if the host of a virtual machine took more than {lost:.1%} of their time, as Linux counts it.
* Spark and the one process beside it score twelve million rows on one core, with all that they start. Java compiles
  what it runs often while it runs, for about four seconds however many the rows are, so few rows say little of Spark.
* `mlflow models serve` serves [a pipeline](../operation/tests/bench/pandas_pipeline.py) of scikit-learn and LightGBM,
  trained on the same rows with the same number of trees, and saved by MLflow.
* Monitoring looks at the tables of the whole year, as `invoke monitor` does: preparation, scores, comparison, decision
  and report, in [one process](../operation/tests/bench/months.py) that has imported everything before. The reference is
  there. A window of more than 40,000 flights is scored by a sample.
* A back-test of 8 months, measured once, is 33 trainings, each with its rows divided and its evaluation, two at a time.
  Its CPU time, with all processes, is that of an empty folder; [the trainings
  alone](../operation/tests/bench/monitored.py) are the same steps that train, from prepared rows, each a process with
  its imports.
{left_out}\
* An offline workspace is that of [the emulator](../tools/azureml-offline/README.md), on this machine. A cold run
  with `--environment emulator` starts one, reaches it through the real azureml-core, runs the core scripts there as one
  job in the current environment, and stops it; the local run has the same settings, and an empty folder of its own.
  Both must give the same model. In the workspace nothing runs beside the job: the raw data are validated before it,
  the prepared data after it.
* At each start of a workspace, the client, a signed-in session of `requests`, times {requests} requests for the
  workspace, its computes and its models: through the proxy, with TLS, and each on a new connection, because the
  workspace closes one with its answer. The figure is their median. The memory is the resident memory of its process
  after these requests, shared pages in full.
* `invoke train --deploy` also verifies the champion, starts it behind a router, and makes a smoke test. The time of a
  rollback is that of the whole command, while 4 clients ask without a pause: the benchmark fails if an answer is lost.

## Where the time goes

A cold run takes {cold_wall:.1f} s and its steps {cold_steps:.1f} s together; independent steps
run at once, as many as there are cores:

{cold}
A run with another learning rate takes {changed_wall:.1f} s:

{changed}
All times are medians, as printed by `invoke train`. `train` also converts the model to ONNX and compares the two,
`evaluate` also compares with the champion if there is one, and every step is a process with its own imports.

## Time and memory of every command

{commands}
Medians. CPU time includes every child process. Memory is the peak of all processes together, to a hundredth, sampled
every 50 ms: a page that several share is divided among them (the proportional set size of Linux), on both sides of a
ratio. For the checks of 6.7 million flights, the wall time is that of the checks alone, everything else that of the
whole process.

What prepares, validates or monitors may use what the configuration gives to DuckDB (`memory_mb`; what does not fit goes
to disk), plus {besides} for Python, the libraries, and
what DuckDB does not count. Each of these ran once, monitoring as the whole verb, the others in a process of their own.

## Measured on

{date}: {cores} cores, {memory:.0f} GB of memory, {system}, Python {python}; load average {load_before} before and
{load_after} after.

{versions}

## Measure again

```
python noxfile.py -s bench
```

writes this page and its plot. `-- --pairs 1` gives a first idea; `-- --only cold checks` measures a part, and
prints it.
"""
