//! Enrols a second merchant with a name like that of the first.

use toml::Value;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "merchant-enrolled", fault: "merchant-imitated", run };

const FILE: &str = "mca/config.toml";
/// Letters, and others that look like them.
const LIKE: [(&str, &str); 5] =
    [("o", "0"), ("i", "1"), ("e", "\u{435}"), ("a", "\u{430}"), ("m", "rn")];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let text = String::from_utf8_lossy(&bench.read(FILE)?).into_owned();
    let mut table: toml::Table = text.parse().map_err(|error| bench.failed(error))?;
    let merchants = merchants(&mut table).ok_or_else(|| bench.failed("the CA enrols nobody"))?;
    let first = merchants.first().and_then(Value::as_table).cloned();
    let mut second = first.ok_or_else(|| bench.failed("the CA enrols nobody"))?;
    let name = second.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let start = bench.chance.below(LIKE.len() as u64) as usize;
    let mut pairs = LIKE.iter().cycle().skip(start).take(LIKE.len());
    let like = pairs.find_map(|(old, new)| name.contains(old).then(|| name.replace(old, new)));
    let like = like.ok_or_else(|| bench.failed(format!("nothing looks like `{name}`")))?;
    second.insert("name".to_owned(), Value::from(like.as_str()));
    second.insert("id".to_owned(), Value::from("MERCHANT0666"));
    merchants.push(Value::Table(second));
    let text = toml::to_string(&table).map_err(|error| bench.failed(error))?;
    bench.write(FILE, text.as_bytes(), 0o644)?;
    bench.reload("mca");
    Ok(bench.injected(
        INJECTOR.fault,
        "mca",
        format!("a merchant `{like}` is enrolled beside `{name}`"),
    ))
}

fn merchants(table: &mut toml::Table) -> Option<&mut Vec<Value>> {
    let acquirers = table.get_mut("party")?.get_mut("acquirer")?.as_array_mut()?;
    acquirers.iter_mut().find_map(|acquirer| acquirer.get_mut("merchant")?.as_array_mut())
}
