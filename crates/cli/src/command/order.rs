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
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
        /// Part that is shipped and authorized by itself; two or more that sum to the price
        #[arg(long = "shipment", value_name = "AMOUNT")]
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
    /// Capture what was authorized, or a part of it
    Capture {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
        /// How much; all that is left, when absent
        #[arg(long, value_name = "AMOUNT")]
        amount: Option<String>,
    },
    /// Authorize the next shipment of a split order
    Authorize {
        #[command(flatten)]
        data: Data,
        /// Number of the order
        order: String,
        /// How much; what was planned, when absent
        #[arg(long, value_name = "AMOUNT")]
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
            | Self::Authorize { data, .. }
            | Self::Retry { data, .. } => data,
        }
    }
}

impl Command for Order {
    const NAME: &'static str = "order";
    const ABOUT: &'static str = "Make, show and capture a shop's orders";

    fn run(self) -> Result<Status, Failure> {
        let api = Api::of(&self.what.data().party(&self.merchant)?)?;
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
            What::Retry { order, .. } => {
                api.post(&format!("/orders/{}/retries", number(order)?), None)?
            }
        };
        if self.json {
            println!("{document}");
        } else {
            show(&document);
        }
        Ok(Status::Fine)
    }
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
    }
    if let Some(next) = document["next"].as_str() {
        println!("more: counterfoil order list --after {next}");
    }
}

/// A value without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
