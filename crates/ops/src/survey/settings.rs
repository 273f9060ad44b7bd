//! Settings: each party's `config.toml`, as it stands and as the party itself would read it.

use std::collections::BTreeMap;

use serde_json::Value;

use counterfoil_doctor::fact::{Fact, Observation as _, Settings};
use counterfoil_node::deployment::{DeploymentError, Material};
use counterfoil_node::files;
use counterfoil_party::bank::BankConfig;
use counterfoil_party::ca::CaConfig;
use counterfoil_party::gateway::GatewaySettings;
use counterfoil_party::machine::Role;
use counterfoil_party::merchant::MerchantSettings;
use counterfoil_party::wallet::WalletSettings;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "settings", run };

fn run(place: &Place) -> Vec<Fact> {
    place
        .materials()
        .iter()
        .map(|(entry, material)| {
            let file = material.folder().config();
            let source = place.name_of(&file);
            let text = match files::read_text(&file) {
                Ok(text) => text,
                Err(error) => return place.unseen(&entry.name, &source, Settings::KIND, error),
            };
            let refused = refusal(entry.role, material)
                .map(|error| error.to_string().replace(&format!("{}/", place.data.display()), ""));
            Fact::of(&entry.name, source, place.now, &of_text(&text, refused))
        })
        .collect()
}

/// Settings of a text, of which it is known whether a party refuses it.
pub(super) fn of_text(text: &str, refused: Option<String>) -> Settings {
    let mut values = BTreeMap::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        flatten("", &toml::Value::Table(table), &mut values);
    }
    Settings { values, refused }
}

/// Why a party of this role would not use its file.
fn refusal(role: Role, material: &Material) -> Option<DeploymentError> {
    match role {
        Role::Wallet => material.config::<WalletSettings>().err(),
        Role::Merchant => material.config::<MerchantSettings>().err(),
        Role::Gateway => material.config::<GatewaySettings>().err(),
        Role::Bank => material.config::<BankConfig>().err(),
        Role::Ca => material.config::<CaConfig>().err(),
    }
}

/// Full keys, with numbers for the entries of lists.
fn flatten(key: &str, value: &toml::Value, into: &mut BTreeMap<String, Value>) {
    let below = |name: &str| {
        if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
    };
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| flatten(&below(name), value, into));
        }
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            let entries = list.iter().enumerate();
            entries.for_each(|(index, value)| flatten(&below(&index.to_string()), value, into));
        }
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            into.insert(key.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_lists_become_full_keys() {
        let text = "a = 1\n[b]\nc = [\"x\", \"y\"]\n[[b.d]]\ne = true\n[[b.d]]\ne = false\n";
        let mut values = BTreeMap::new();
        flatten("", &toml::Value::Table(text.parse().unwrap()), &mut values);
        let told: Vec<String> =
            values.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(told, ["a=1", "b.c=[\"x\",\"y\"]", "b.d.0.e=true", "b.d.1.e=false"]);
    }
}
