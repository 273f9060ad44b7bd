//! Damages a party's settings so that it refuses them.

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "settings-damaged", fault: "settings-unreadable", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank", "cca"]);
    let name = format!("{party}/config.toml");
    let text = String::from_utf8_lossy(&bench.read(&name)?).into_owned();
    let (what, damaged) = match bench.chance.below(4) {
        0 => ("a misspelt key", text.replacen("operations", "operatoins", 1)),
        1 => ("a number as text", text.replacen("[party]\n", "[party]\nhold_hours = \"x\"\n", 1)),
        2 => ("a file that is cut off", text[..text.len() / 2].trim_end().to_owned() + "\nx ="),
        _ => ("a quotation mark too few", text.replacen("\"\n", "\n", 1)),
    };
    bench.write(&name, damaged.as_bytes(), 0o644)?;
    bench.reload(party);
    Ok(bench.injected(INJECTOR.fault, party, format!("{name} has {what}")))
}
