//! The standard deployment profile: what settings, keys and files of a deployment should be, and
//! why. It is what the product was tested and measured with.

use std::fmt::Write as _;

use serde_json::Value;

use crate::fact::Role;

/// Days that the key of a merchant, gateway or TLS server is used.
pub const END_ENTITY_KEY_DAYS: i64 = 398;
/// Days that the key of a bank link is used.
pub const LINK_KEY_DAYS: i64 = 366;

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// A whole number from and to.
    Between(u64, u64),
    /// Yes or no.
    Is(bool),
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// Not given.
    Absent,
}

/// One line of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The setting; `*` stands for the number of an entry in a list.
    pub key: &'static str,
    /// The role whose setting it is; of every party, when absent.
    pub role: Option<Role>,
    /// What it may be.
    pub range: Range,
    /// What it is when it is not given; a number.
    pub usual: Option<u64>,
    /// Why, in a phrase.
    pub why: &'static str,
    /// Is it a defence, so that another value is a weakness?
    pub guards: bool,
}

const fn number(
    key: &'static str,
    role: Option<Role>,
    range: (u64, u64),
    usual: u64,
    why: &'static str,
) -> Rule {
    let range = Range::Between(range.0, range.1);
    Rule { key, role, range, usual: Some(usual), why, guards: false }
}

const MERCHANT: Option<Role> = Some(Role::Merchant);
const GATEWAY: Option<Role> = Some(Role::Gateway);
const BANK: Option<Role> = Some(Role::Bank);
const WALLET: Option<Role> = Some(Role::Wallet);

/// The settings of the profile.
pub static RULES: &[Rule] = &[
    Rule {
        key: "node.tls_key_log",
        role: None,
        range: Range::Absent,
        usual: None,
        why: "whoever has that file reads every connection",
        guards: true,
    },
    Rule {
        key: "node.clock_offset_ms",
        role: None,
        range: Range::Between(0, 0),
        usual: Some(0),
        why: "it is for laboratories",
        guards: true,
    },
    number(
        "node.limits.connections_max",
        None,
        (64, 16_384),
        1_024,
        "fewer refuse customers, more take the memory of payments",
    ),
    number(
        "node.limits.connections_per_address_max",
        None,
        (8, 4_096),
        256,
        "one address must not take the place of all others",
    ),
    number(
        "party.bank_wait_ms_max",
        GATEWAY,
        (2_000, 20_000),
        10_000,
        "a bank needs some seconds, and the merchant waits no longer than 15",
    ),
    number(
        "party.retry_ms",
        GATEWAY,
        (500, 60_000),
        2_000,
        "a reversal has to reach the bank soon, and not to flood it",
    ),
    number(
        "party.retry_ms_max",
        GATEWAY,
        (10_000, 3_600_000),
        300_000,
        "money that is held in error is released within the hour",
    ),
    number(
        "party.echo_ms",
        GATEWAY,
        (5_000, 300_000),
        60_000,
        "a link that is dead is noticed before a customer is",
    ),
    Rule {
        guards: true,
        ..number(
            "party.message_skew_ms_max",
            GATEWAY,
            (1_000, 900_000),
            300_000,
            "messages from the future can be kept and used later",
        )
    },
    number(
        "party.gateway_timeout_ms",
        MERCHANT,
        (5_000, 60_000),
        15_000,
        "it has to be longer than the gateway waits for its bank",
    ),
    number(
        "party.pres_wait_ms_max",
        MERCHANT,
        (5_000, 28_000),
        20_000,
        "a wallet gives up after 30 seconds",
    ),
    Rule {
        guards: true,
        ..number(
            "party.message_age_ms_max",
            MERCHANT,
            (60_000, 3_600_000),
            900_000,
            "old messages may have been recorded by somebody",
        )
    },
    Rule {
        guards: true,
        ..number(
            "party.clock_skew_ms_max",
            MERCHANT,
            (1_000, 900_000),
            300_000,
            "messages from the future can be kept and used later",
        )
    },
    number(
        "party.call_timeout_ms",
        WALLET,
        (10_000, 120_000),
        30_000,
        "it has to be longer than a merchant waits for its gateway",
    ),
    Rule {
        key: "party.links.*.sign_on_required",
        role: BANK,
        range: Range::Is(true),
        usual: None,
        why: "a gateway that nobody signed on is served",
        guards: true,
    },
    number(
        "party.hold_hours",
        BANK,
        (24, 744),
        168,
        "a hold has to outlast the merchant's delivery, and to end",
    ),
    Rule {
        key: "party.suites",
        role: None,
        range: Range::OneOf(&["p256", "rsa3072", "ed25519", "hybrid-pq", "sm"]),
        usual: None,
        why: "no other suite is known",
        guards: true,
    },
];

impl Rule {
    /// Is the value within the range?
    pub fn allows(&self, value: &Value) -> bool {
        match self.range {
            Range::Between(low, high) => {
                value.as_u64().is_some_and(|value| (low..=high).contains(&value))
            }
            Range::Is(expected) => value.as_bool() == Some(expected),
            Range::OneOf(names) => {
                let known = |value: &Value| value.as_str().is_some_and(|one| names.contains(&one));
                value.as_array().map_or_else(|| known(value), |all| all.iter().all(known))
            }
            Range::Absent => false,
        }
    }

    /// The range in words.
    pub fn expected(&self) -> String {
        match self.range {
            Range::Between(low, high) if low == high => low.to_string(),
            Range::Between(low, high) => format!("{low} to {high}"),
            Range::Is(expected) => expected.to_string(),
            Range::OneOf(names) => names.join(", "),
            Range::Absent => "not given".to_owned(),
        }
    }

    /// The usual value as TOML.
    pub fn usual_text(&self) -> Option<String> {
        match self.range {
            Range::Is(expected) => Some(expected.to_string()),
            _ => self.usual.map(|usual| usual.to_string()),
        }
    }

    fn is_of(&self, key: &str) -> bool {
        let (own, other) = (self.key.split('.'), key.split('.'));
        let same = |(own, other): (&str, &str)| {
            own == other || (own == "*" && other.bytes().all(|octet| octet.is_ascii_digit()))
        };
        own.clone().count() == other.clone().count() && own.zip(other).all(same)
    }
}

/// The rule of a setting.
pub fn rule(key: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.is_of(key))
}

/// What a number is when it is not given.
pub fn usual(key: &str) -> Option<u64> {
    rule(key)?.usual
}

/// Is a number within the range of its setting? What has no rule may be anything.
pub fn allows(key: &str, value: u64) -> bool {
    rule(key).is_none_or(|rule| rule.allows(&Value::from(value)))
}

/// The profile as a page of Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Standard deployment profile\n\nWhat settings, keys and files of a deployment should be. \
         `counterfoil doctor` compares a deployment with it: see `profile-drift`, \
         `timeouts-inverted`, `key-rotation-overdue`, `permissions-too-wide` and \
         `private-key-readable` in the handbook.\n\n## Settings\n\n\
         | setting | of | should be | usual | why |\n|---|---|---|---|---|\n",
    );
    for rule in RULES {
        let role = rule.role.map_or("every party", role_name);
        let usual = rule.usual.map_or_else(|| "-".to_owned(), |usual| usual.to_string());
        let _ = writeln!(
            page,
            "| `{}` | {role} | {} | {usual} | {} |",
            rule.key,
            rule.expected(),
            rule.why
        );
    }
    let _ = write!(
        page,
        "\n## Keys and certificates\n\n| what | should be |\n|---|---|\n\
         | suite | `p256` or `rsa3072`; keys of 256 bits on P-256, 3072 bits of RSA |\n\
         | keys of merchants, gateways and TLS servers | replaced after at most \
         {END_ENTITY_KEY_DAYS} days |\n\
         | key of a bank link | replaced after at most {LINK_KEY_DAYS} days |\n\
         | a file of certificates | the certificate, then its issuers in order, the root left \
         out |\n\
         | roots in `trust/` | those of the brand and of TLS, the same at every party |\n\n\
         ## Files\n\n| what | mode |\n|---|---|\n\
         | `keys/*.pem`, `api-token`, `wallet.vault`, `cards.toml`, `registration.toml` | 0600 |\n\
         | `keys/` | 0700 |\n\
         | other files and folders | nobody but the owner may write |\n\n\
         ## Connections\n\n| from | to | what |\n|---|---|---|\n\
         | wallets | merchant `[node.set]`, CCA `[node.set]` | TLS 1.3 |\n\
         | merchants | gateway `[node.set]`, MCA `[node.set]` | TLS 1.3 |\n\
         | gateway | bank `[node.bank_listener]` | TLS 1.3, one connection that stands |\n\
         | operators | `operations` of every party | loopback only |\n\n\
         Everything else may be closed by a firewall.\n"
    );
    page
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Wallet => "wallet",
        Role::Merchant => "merchant",
        Role::Gateway => "gateway",
        Role::Bank => "bank",
        Role::Ca => "CA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_numbers_of_entries_are_known_and_usual_values_are_allowed() {
        assert!(rule("party.links.3.sign_on_required").is_some());
        assert!(rule("party.links.x.sign_on_required").is_none());
        assert!(rule("party.links.sign_on_required").is_none());
        for rule in RULES {
            assert!(rule.usual.is_none_or(|usual| rule.allows(&usual.into())), "{}", rule.key);
        }
        assert!(allows("unknown.key", 7) && !allows("party.bank_wait_ms_max", 60_000));
    }
}
