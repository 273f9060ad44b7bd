//! Puts a server that speaks old TLS only in front of a party.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use super::forgery::By;
use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "old-front", fault: "peer-lacks-algorithms", run };

/// Time for the server to listen.
const LISTEN_MS_MAX: u64 = 10_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank"]);
    let shown = bench.forge(party, By::RealCa)?;
    // What stands there is the party's own old balancer, not a stranger.
    let front = bench.read(&shown.chain.display().to_string())?;
    bench.write(&format!("{party}/certs/front.pem"), &front, 0o644)?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address: SocketAddr = free.map_err(|error| bench.failed(error))?;
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-tls1_2", "-accept", &address.to_string()]);
    command.arg("-cert").arg(bench.path(&shown.chain.display().to_string()));
    command.arg("-key").arg(bench.path(&shown.key.display().to_string()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|error| bench.failed(format!("openssl: {error}")))?;
    let process = i32::try_from(child.id()).map_err(|error| bench.failed(error))?;
    let listens = || TcpStream::connect(address).is_ok();
    bench.wait(LISTEN_MS_MAX, listens, "openssl s_server does not listen")?;
    bench.relay(party, Act { diverted_to: Some(address), ..Act::default() })?;
    let what = format!("what stands in front of {party} speaks TLS 1.2 only");
    Ok(Injected { processes: vec![process], ..bench.injected(INJECTOR.fault, party, what) })
}
