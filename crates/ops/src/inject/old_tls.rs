//! Puts a load balancer (nginx) in front of a party, which ends TLS with the party's own key and
//! accepts what nobody should accept any more.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::reissue::work_folder;
use super::relay::{self, Act};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static VERSIONS: Injector =
    Injector { name: "old-tls-versions", fault: "tls-version-obsolete", run: versions };
pub(super) static SUITES: Injector =
    Injector { name: "weak-tls-suites", fault: "tls-suite-weak", run: suites };
pub(super) static GROUPS: Injector =
    Injector { name: "weak-tls-groups", fault: "tls-group-weak", run: groups };

/// Time for the load balancer to listen.
const READY_MS_MAX: u64 = 5_000;
const GOOD_SUITE: &str = "ECDHE-ECDSA-AES128-GCM-SHA256";
const GOOD_GROUPS: &str = "X25519:prime256v1";

/// What it accepts, in nginx's words.
struct Accepts<'a> {
    versions: &'a str,
    suites: &'a str,
    groups: &'a str,
}

fn versions(bench: &mut Bench) -> Result<Injected, InjectError> {
    let versions = *bench.pick(&["TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "TLSv1.1 TLSv1.2 TLSv1.3"]);
    let suites = format!("{GOOD_SUITE}:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0");
    let accepts = Accepts { versions, suites: &suites, groups: GOOD_GROUPS };
    put(bench, VERSIONS.fault, &accepts, versions)
}

fn suites(bench: &mut Bench) -> Result<Injected, InjectError> {
    let weak = *bench.pick(&["ECDHE-ECDSA-NULL-SHA", "AECDH-AES128-SHA", "AECDH-NULL-SHA"]);
    let suites = format!("{GOOD_SUITE}:{weak}:@SECLEVEL=0");
    let accepts = Accepts { versions: "TLSv1.2 TLSv1.3", suites: &suites, groups: GOOD_GROUPS };
    put(bench, SUITES.fault, &accepts, weak)
}

fn groups(bench: &mut Bench) -> Result<Injected, InjectError> {
    // The one that current OpenSSL still agrees on in TLS 1.2.
    let weak = "secp192r1";
    let (groups, suites) = (format!("{GOOD_GROUPS}:{weak}"), format!("{GOOD_SUITE}:@SECLEVEL=0"));
    let accepts = Accepts { versions: "TLSv1.2 TLSv1.3", suites: &suites, groups: &groups };
    put(bench, GROUPS.fault, &accepts, weak)
}

fn put(
    bench: &mut Bench,
    fault: &str,
    accepts: &Accepts<'_>,
    what: &str,
) -> Result<Injected, InjectError> {
    // A bank's listener speaks no HTTP.
    let party = *bench.pick(&["gateway", "merchant"]);
    let relays = relay::read(&bench.hands.data).map_err(|error| bench.failed(error))?;
    let own = relays.iter().find(|relay| relay.party == party).map(|relay| relay.to);
    let own = own.ok_or_else(|| bench.failed(format!("there is no relay in front of {party}")))?;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| bench.failed(error))?;
    let folder = work_folder(bench)?;
    let settings = settings(&folder, &bench.path(party), port, own, accepts);
    let file = folder.join("nginx.conf");
    std::fs::write(&file, settings).map_err(|error| bench.failed(error))?;
    let process = start(bench, &file, port)?;
    bench.relay(party, Act { diverted_to: Some(port), ..Act::default() })?;
    let what = format!("a load balancer in front of {party} accepts {what}");
    Ok(Injected { processes: vec![process], ..bench.injected(fault, party, what) })
}

fn start(bench: &Bench, file: &Path, port: SocketAddr) -> Result<i32, InjectError> {
    let mut command = Command::new("nginx");
    command.arg("-c").arg(file).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| bench.failed(format!("nginx: {error}")))?;
    let until = Instant::now() + Duration::from_millis(READY_MS_MAX);
    while TcpStream::connect(port).is_err() {
        if Instant::now() > until {
            // One that has ended by itself is as good.
            child.kill().and_then(|()| child.wait()).ok();
            return Err(bench.failed("nginx does not listen"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    i32::try_from(child.id()).map_err(|error| bench.failed(error))
}

fn settings(
    folder: &Path,
    party: &Path,
    listen: SocketAddr,
    own: SocketAddr,
    accepts: &Accepts<'_>,
) -> String {
    let (folder, party) = (folder.display(), party.display());
    let Accepts { versions, suites, groups } = accepts;
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\n\
         error_log {folder}/error.log;\nevents {{}}\nhttp {{\n  access_log off;\n  \
         client_body_temp_path {folder}/body;\n  proxy_temp_path {folder}/proxy;\n  \
         client_max_body_size 8m;\n  server {{\n    listen {listen} ssl;\n    \
         ssl_certificate {party}/certs/tls.pem;\n    \
         ssl_certificate_key {party}/keys/tls.pem;\n    \
         ssl_protocols {versions};\n    ssl_ciphers {suites};\n    ssl_ecdh_curve {groups};\n    \
         location / {{\n      proxy_pass https://{own};\n      proxy_http_version 1.1;\n      \
         proxy_ssl_protocols TLSv1.3;\n      proxy_set_header Host $http_host;\n    }}\n  }}\n}}\n"
    )
}
