//! `probe`: what a TLS server speaks, asked of it as `counterfoil probe` does.

use std::time::Duration;

use counterfoil_doctor::fact::{Fact, Observation as _, TlsProbe, TlsRemark};

use super::Answerer;
use crate::probe::{Options, Target, probe};
use crate::survey::Place;

pub(super) static ANSWERER: Answerer = Answerer { ask: "probe", run };

/// Time for one server.
const PROBE_SECONDS_MAX: u64 = 8;
/// Time for one of its answers.
const ANSWER_SECONDS_MAX: u64 = 2;

fn run(place: &Place, address: &str) -> Vec<Fact> {
    let fact = match look(address) {
        Ok(seen) => Fact::of("", address, place.now, &seen),
        Err(why) => place.unseen("", address, TlsProbe::KIND, why),
    };
    vec![fact]
}

fn look(address: &str) -> Result<TlsProbe, String> {
    let target = Target::parse(address, 443).map_err(|error| error.to_string())?;
    let options = Options {
        connect_time_max: Duration::from_secs(ANSWER_SECONDS_MAX),
        answer_time_max: Duration::from_secs(ANSWER_SECONDS_MAX),
        total_time_max: Duration::from_secs(PROBE_SECONDS_MAX),
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let report = runtime.block_on(probe(&target, &options)).map_err(|error| error.to_string())?;
    let versions = report.versions.iter().filter(|version| version.accepted == "yes");
    let remarks = report.remarks.iter();
    Ok(TlsProbe {
        address: address.to_owned(),
        versions: versions.map(|version| version.version.to_string()).collect(),
        remarks: remarks
            .map(|remark| TlsRemark { id: remark.id.into(), summary: remark.summary.clone() })
            .collect(),
        is_incomplete: report.is_incomplete(),
    })
}
