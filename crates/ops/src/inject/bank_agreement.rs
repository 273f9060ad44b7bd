//! Breaks what gateway and bank have agreed on, at one of the two sides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static DIALECT: Injector =
    Injector { name: "dialect-changed", fault: "dialect-differs", run: dialect };
pub(super) static MAC: Injector =
    Injector { name: "link-key-changed", fault: "mac-differs", run: mac };
pub(super) static ACQUIRER: Injector =
    Injector { name: "acquirer-changed", fault: "acquirer-unknown", run: acquirer };
pub(super) static MERCHANT: Injector =
    Injector { name: "merchant-forgotten", fault: "merchant-unknown", run: merchant };
pub(super) static TERMINAL: Injector =
    Injector { name: "terminal-listed", fault: "terminal-unknown", run: terminal };
pub(super) static CURRENCY: Injector =
    Injector { name: "currency-disabled", fault: "currency-not-enabled", run: currency };

const BANK: &str = "bank/config.toml";

fn dialect(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, key) = *bench.pick(&[("gateway", "party.bank.dialect"), ("bank", "party.dialect")]);
    bench.set(party, key, "\"binary\"")?;
    bench.reload(party);
    Ok(bench.injected(DIALECT.fault, party, format!("{party} speaks the dialect binary")))
}

fn mac(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "bank"]);
    let name = format!("{party}/keys/bank-link.pem");
    let old = String::from_utf8_lossy(&bench.read(&name)?).into_owned();
    // The file's own form, with other octets in it.
    let is_base64 = |line: &&str| !line.starts_with('-') && !line.trim().is_empty();
    let octets: usize = old
        .lines()
        .filter(is_base64)
        .filter_map(|line| STANDARD.decode(line.trim()).ok())
        .map(|line| line.len())
        .sum();
    let mut new = vec![0_u8; octets];
    new.iter_mut().for_each(|octet| *octet = u8::try_from(bench.chance.below(256)).unwrap_or(0));
    let text: String = old
        .lines()
        .scan(false, |is_put, line| {
            let body = is_base64(&line);
            let out = match (body, *is_put) {
                (true, true) => String::new(),
                (true, false) => STANDARD.encode(&new) + "\n",
                (false, _) => format!("{line}\n"),
            };
            *is_put |= body;
            Some(out)
        })
        .collect();
    bench.write(&name, text.as_bytes(), 0o600)?;
    bench.reload(party);
    Ok(bench.injected(MAC.fault, party, format!("{name} is another key")))
}

fn acquirer(bench: &mut Bench) -> Result<Injected, InjectError> {
    let number = bench.chance.between(100_000, 899_999);
    bench.set("gateway", "party.bank.acquirer", &format!("\"{number}\""))?;
    bench.reload("gateway");
    Ok(bench.injected(ACQUIRER.fault, "gateway", format!("the gateway says it is {number}")))
}

fn merchant(bench: &mut Bench) -> Result<Injected, InjectError> {
    let text = String::from_utf8_lossy(&bench.read(BANK)?).into_owned();
    let (what, changed) = match bench.chance.below(2) {
        0 => ("another number", text.replace("id = \"", "id = \"X")),
        _ => ("no merchants", without_merchants(&text)),
    };
    bench.write(BANK, changed.as_bytes(), 0o644)?;
    bench.reload("bank");
    // Customers are declined; that is what is wanted.
    bench.buy("1.00 USD").ok();
    Ok(bench.injected(MERCHANT.fault, "bank", format!("the bank's settings have {what}")))
}

fn without_merchants(text: &str) -> String {
    let mut is_merchant = false;
    let kept = text.split_inclusive('\n').filter(|line| {
        if line.trim_start().starts_with('[') {
            is_merchant = line.trim() == "[[party.merchants]]";
        }
        !is_merchant
    });
    kept.collect()
}

fn terminal(bench: &mut Bench) -> Result<Injected, InjectError> {
    let text = String::from_utf8_lossy(&bench.read(BANK)?).into_owned();
    let other = format!("POS{:05}", bench.chance.below(100_000));
    let changed = text.replace("terminals = []", &format!("terminals = [\"{other}\"]"));
    if changed == text {
        return Err(bench.failed("the bank's settings have no empty list of terminals"));
    }
    bench.write(BANK, changed.as_bytes(), 0o644)?;
    bench.reload("bank");
    bench.buy("1.00 USD").ok();
    Ok(bench.injected(TERMINAL.fault, "bank", format!("the bank knows terminal {other} only")))
}

fn currency(bench: &mut Bench) -> Result<Injected, InjectError> {
    let other = *bench.pick(&["EUR", "GBP", "JPY"]);
    bench.set("bank", "party.currencies", &format!("[\"{other}\"]"))?;
    bench.reload("bank");
    bench.buy("1.00 USD").ok();
    Ok(bench.injected(CURRENCY.fault, "bank", format!("the bank deals in {other} only")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merchants_and_nothing_else_are_taken_out() {
        let text = "[party]\na = 1\n[[party.merchants]]\nid = \"M\"\n[[party.merchants]]\nid = \"N\"\n\
                    [x]\nb = 2\n";
        assert_eq!(without_merchants(text), "[party]\na = 1\n[x]\nb = 2\n");
    }
}
