//! What an engineer would reach for: DuckDB from PyPI, and jq.

use std::path::Path;
use std::process::{Command, Stdio};

/// The same question for DuckDB: load what is needed of both files once, then lines and failures
/// by minute, codes with their first and last time, who fails most, and steps with their
/// quantiles. The access log is split at blanks outside of quotes, its quickest way.
pub const DUCKDB: &str = r#"
import duckdb, json, sys
log, access = sys.argv[1], sys.argv[2]
c = duckdb.connect()
c.execute("set enable_progress_bar = false")
c.execute("""create temp table l as
  select time, level <> 'info' as failed, code, merchant, card, source, route, event as step, duration_ms as d
  from read_json(?, format = 'newline_delimited', columns = {time: 'TIMESTAMP', level: 'VARCHAR', code: 'VARCHAR',
    merchant: 'VARCHAR', card: 'VARCHAR', source: 'VARCHAR', route: 'VARCHAR', event: 'VARCHAR', duration_ms: 'DOUBLE'})""", [log])
c.execute("""create temp table a as
  select strptime(substr(c3, 2), '%d/%b/%Y:%H:%M:%S') as time, c0 as source, c6::int >= 400 as failed, c6 as code,
    regexp_replace(split_part(c5, ' ', 2), '/[0-9]+', '/*') as step, c9 as device, c10::double * 1000 as d
  from read_csv(?, delim = ' ', quote = '"', header = false, auto_detect = false, columns = {c0: 'VARCHAR', c1: 'VARCHAR',
    c2: 'VARCHAR', c3: 'VARCHAR', c4: 'VARCHAR', c5: 'VARCHAR', c6: 'VARCHAR', c7: 'VARCHAR', c8: 'VARCHAR', c9: 'VARCHAR', c10: 'VARCHAR'})""", [access])
rows = lambda q: c.execute(q).fetchall()
for t in ("l", "a"):
    rows(f"select date_trunc('minute', time), count(*), sum(failed::int) from {t} group by 1 order by 1")
    rows(f"select step, count(*), sum(failed::int), approx_quantile(d, 0.5), approx_quantile(d, 0.95) from {t} group by 1")
codes = {}
for t in ("l", "a"):
    for code, n, first, last in rows(f"select code, count(*), min(time), max(time) from {t} where failed group by 1"):
        codes[code if t == "l" else "HTTP " + code] = n
for t, whos in (("l", ("source", "merchant", "card", "route")), ("a", ("source", "device"))):
    for who in whos:
        rows(f"select {who}, count(*), sum(failed::int) f from {t} where {who} is not null group by 1 order by f desc limit 10")
lines = sum(rows(f"select count(*) from {t}")[0][0] for t in ("l", "a"))
failures = sum(rows(f"select sum(failed::int) from {t}")[0][0] for t in ("l", "a"))
print(json.dumps({"lines": lines, "failures": failures, "codes": codes, "version": duckdb.__version__}))
"#;

/// A part of the question for jq: the codes of failures in the JSON Lines. jq reads no access log.
pub const JQ: &str =
    r#"reduce inputs as $l ({}; if $l.level != "info" then .[$l.code] += 1 else . end)"#;

/// Whether a program can be run.
pub fn is_there(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// DuckDB on both files.
pub fn duckdb(python: &str, json: &Path, access: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg("-c").arg(DUCKDB).arg(json).arg(access);
    command
}

/// jq on the JSON Lines.
pub fn jq(json: &Path) -> Command {
    let mut command = Command::new("jq");
    command.args(["-n", "-c", JQ]).arg(json);
    command
}
