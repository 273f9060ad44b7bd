//! `order`: the shop's side, through the merchant's own API.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Command;
use crate::api::Api;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Arguments of `order`.
#[derive(Debug, Args)]
pub struct Order {
    #[command(subcommand)]
    what: What,
    /// Name of the merchant's folder
    #[arg(long, global = true, value_name = "NAME", default_value = "merchant")]
    merchant: String,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make an order and print the URL for the cardholder's wallet
    Create {
        #[command(flatten)]
        data: Data,
        /// What is sold, as the cardholder shall read it
        #[arg(long, value_name = "TEXT")]
        description: String,
        /// Its price, for example '49.99 USD'
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        amount: String,
        /// Part that is shipped and authorized by itself; two or more that sum to the price
        #[arg(long = "shipment", value_name = "AMOUNT", allow_hyphen_values = true)]
        shipments: Vec<String>,
    },
    /// Say where an order stands
    Status {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
    },
    /// List orders, oldest first
    List {
        #[command(flatten)]
        data: Data,
        /// List those after this order
        #[arg(long, value_name = "ORDER")]
        after: Option<String>,
    },
    /// Capture what was authorized, or a part of it; exit status 1 unless it is captured
    Capture {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
        /// How much; all that is left, when absent
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        amount: Option<String>,
    },
    /// Give back what was authorized and not captured; exit status 1 unless it is given back
    Void {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
    },
    /// Authorize the next shipment of a split order; exit status 1 unless it is approved
    Authorize {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
        /// How much; what was planned, when absent
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        amount: Option<String>,
    },
    /// Ask the gateway again about what it has not answered
    Retry {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
    },
}

impl What {
    fn data(&self) -> &Data {
        match self {
            Self::Create { data, .. }
            | Self::Status { data, .. }
            | Self::List { data, .. }
            | Self::Capture { data, .. }
            | Self::Void { data, .. }
            | Self::Authorize { data, .. }
            | Self::Retry { data, .. } => data,
        }
    }
}

impl Command for Order {
    const NAME: &'static str = "order";
    const ABOUT: &'static str = "Make, show, capture and void a shop's orders";

    fn run(self) -> Result<Status, Failure> {
        let api = Api::of(&self.what.data().party(&self.merchant)?)?;
        let before = match &self.what {
            What::Capture { order, .. } | What::Authorize { order, .. } => {
                Some(api.get(&format!("/orders/{}", number(order)?))?)
            }
            _ => None,
        };
        let part = |amount: &Option<String>| {
            let amount = amount.as_ref();
            amount.map_or_else(|| json!({}), |amount| json!({ "amount": amount }))
        };
        let document = match &self.what {
            What::Create { description, amount, shipments, .. } => {
                let order = json!({
                    "description": description, "amount": amount, "shipments": shipments,
                });
                api.post("/orders", Some(&order))?
            }
            What::Status { order, .. } => api.get(&format!("/orders/{}", number(order)?))?,
            What::List { after, .. } => match after {
                Some(after) => api.get(&format!("/orders?after={}", number(after)?))?,
                None => api.get("/orders")?,
            },
            What::Capture { order, amount, .. } => {
                api.post(&format!("/orders/{}/captures", number(order)?), Some(&part(amount)))?
            }
            What::Authorize { order, amount, .. } => {
                let path = format!("/orders/{}/authorizations", number(order)?);
                api.post(&path, Some(&part(amount)))?
            }
            What::Void { order, .. } => {
                api.post(&format!("/orders/{}/void", number(order)?), None)?
            }
            What::Retry { order, .. } => {
                api.post(&format!("/orders/{}/retries", number(order)?), None)?
            }
        };
        if self.json {
            println!("{document}");
        } else {
            show(&document);
        }
        let voided = !matches!(self.what, What::Void { .. }) || is_voided(&document);
        let done = before.is_none_or(|before| is_done(&before, &document));
        Ok(if done && voided { Status::Fine } else { Status::Found })
    }
}

/// Whether everything that an order has gained came to what was asked for.
fn is_done(before: &Value, after: &Value) -> bool {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let earlier = list(before, "authorizations");
    list(after, "authorizations").iter().enumerate().all(|(place, authorization)| {
        let Some(earlier) = earlier.get(place) else { return authorization["state"] == "approved" };
        let captures = list(authorization, "captures");
        let new = captures.iter().skip(list(earlier, "captures").len());
        new.into_iter().all(|capture| capture["state"] == "captured")
    })
}

/// Whether every authorization that was to be given back is.
fn is_voided(order: &Value) -> bool {
    let authorizations = order["authorizations"].as_array().into_iter().flatten();
    let mut states = authorizations.filter_map(|authorization| authorization.get("void"));
    let first = states.next();
    first.into_iter().chain(states).all(|void| void["state"] == "done") && first.is_some()
}

fn number(order: &str) -> Result<&str, Failure> {
    if !order.is_empty() && order.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(order);
    }
    let sentence = format!("`{order}` is not the number of an order");
    Err(Failure::input("order-unknown", sentence, "numbers have digits only; see `order list`"))
}

fn show(document: &Value) {
    if let Some(url) = document["initiation_url"].as_str() {
        println!("order {}", text(&document["order"]));
        println!("{url}");
        return;
    }
    let orders = match &document["orders"] {
        Value::Array(orders) => orders.clone(),
        _ => vec![document.clone()],
    };
    let mut rows =
        vec![["order", "state", "price", "authorized", "captured"].map(str::to_owned).to_vec()];
    rows.extend(orders.iter().map(|order| {
        let fields = ["order", "state", "amount", "authorized", "captured"];
        fields.map(|field| text(&order[field])).to_vec()
    }));
    aligned(&rows).iter().for_each(|line| println!("{line}"));
    for authorization in document["authorizations"].as_array().into_iter().flatten() {
        let reason = authorization["reason"].as_str();
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let (asked, state) = (text(&authorization["asked"]), text(&authorization["state"]));
        println!("  authorization of {asked} {state}{reason}");
        for capture in authorization["captures"].as_array().into_iter().flatten() {
            let reason = capture["reason"].as_str();
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            println!(
                "  capture of {} {}{reason}",
                text(&capture["asked"]),
                text(&capture["state"])
            );
        }
        if let Some(void) = authorization.get("void") {
            let reason = void["reason"].as_str();
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            let (stays, state) = (text(&void["remaining"]), text(&void["state"]));
            println!("  void of all but {stays} {state}{reason}");
        }
    }
    if let Some(next) = document["next"].as_str() {
        println!("more: counterfoil order list --after {next}");
    }
}

/// A value without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(captures: &[&str]) -> Value {
        let captures: Vec<Value> = captures.iter().map(|state| json!({ "state": state })).collect();
        json!({ "authorizations": [{ "state": "approved", "captures": captures }] })
    }

    #[test]
    fn an_order_is_voided_once_every_void_of_it_is_done() {
        let order = |states: &[&str]| {
            let void = |state: &&str| json!({ "state": "voided", "void": { "state": state } });
            let mut authorizations: Vec<Value> = states.iter().map(void).collect();
            authorizations.push(json!({ "state": "declined" }));
            json!({ "authorizations": authorizations })
        };
        assert!(is_voided(&order(&["done", "done"])));
        assert!(!is_voided(&order(&["done", "asked"])));
        assert!(!is_voided(&order(&["refused"])));
        assert!(!is_voided(&order(&[])));
    }

    #[test]
    fn what_an_order_gained_decides_the_exit_status() {
        assert!(is_done(&order(&[]), &order(&["captured"])));
        assert!(is_done(&order(&["refused"]), &order(&["refused", "captured"])));
        assert!(!is_done(&order(&["captured"]), &order(&["captured", "refused"])));
        assert!(!is_done(&order(&[]), &order(&["undecided"])));
        let declined = json!({ "authorizations": [{ "state": "declined", "captures": [] }] });
        assert!(!is_done(&json!({ "authorizations": [] }), &declined));
        assert!(is_done(&declined, &declined));
    }
}
