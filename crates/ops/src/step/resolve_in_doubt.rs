//! `resolve-in-doubt`: a merchant asks the gateway again about an order, with the same octets,
//! which
//! get the stored answer. `capture-order`: it captures what is authorized.

use std::time::{Duration, Instant};

use serde::de::IgnoredAny;
use serde_json::Value;

use counterfoil_doctor::Step;
use counterfoil_node::deployment::api_token::ApiToken;
use counterfoil_node::deployment::fetch::Fetch;

use super::{Hands, StepError, Work, argument, failed, touches_nothing, wrong};

pub(super) static WORK: Work = Work {
    verb: "resolve-in-doubt",
    undo: "none is needed: asking again changes nothing that was not asked for before",
    touches: touches_nothing,
    run,
};

pub(super) static CAPTURE: Work = Work {
    verb: "capture-order",
    undo: "none by itself: a capture is given back by the merchant",
    touches: touches_nothing,
    run: capture,
};

/// Time for the answer to come after the question was repeated.
const ANSWER_MS_MAX: u64 = 20_000;
const LOOK_MS: u64 = 200;

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let order = order(step)?;
    let mut document = ask(hands, step, &format!("/orders/{order}/retries"), true)?;
    let until = Instant::now() + Duration::from_millis(ANSWER_MS_MAX);
    while is_open(&document) {
        if Instant::now() > until {
            return Err(failed(step, &format!("order {order} is still {}", document["state"])));
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
        document = ask(hands, step, &format!("/orders/{order}"), false)?;
    }
    let state = document["state"].as_str().unwrap_or_default();
    Ok(format!("order {order} is {state}"))
}

fn capture(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let order = order(step)?;
    let document = ask(hands, step, &format!("/orders/{order}/captures"), true)?;
    match document["state"].as_str() {
        Some(state @ ("captured" | "partly_captured")) => Ok(format!("order {order} is {state}")),
        _ => Err(failed(step, &format!("order {order} is {}", document["state"]))),
    }
}

/// Number of an order: digits only, so that it is one part of a path.
fn order(step: &Step) -> Result<&str, StepError> {
    let order = argument(step, "order")?;
    let is_number = !order.is_empty() && order.bytes().all(|octet| octet.is_ascii_digit());
    if is_number { Ok(order) } else { Err(wrong(step, "order", "it is no number of an order")) }
}

/// Is anything of an order without an answer?
fn is_open(document: &Value) -> bool {
    let is_open = |value: &Value| matches!(value["state"].as_str(), Some("asked" | "undecided"));
    let all = document["authorizations"].as_array().into_iter().flatten();
    all.into_iter().any(|authorization| {
        let captures = authorization["captures"].as_array().into_iter().flatten();
        is_open(authorization)
            || is_open(&authorization["void"])
            || captures.into_iter().any(is_open)
    })
}

/// A request to the party's own API.
fn ask(hands: &Hands, step: &Step, path: &str, post: bool) -> Result<Value, StepError> {
    let material = hands.party(step)?;
    let config = material.config::<IgnoredAny>().map_err(|error| failed(step, &error))?;
    let operations = config.node.operations;
    let operations = operations.ok_or_else(|| failed(step, &"it has no operator's listener"))?;
    let token = ApiToken::read(material.folder()).map_err(|error| failed(step, &error))?;
    let url = format!("http://{operations}{path}");
    let post = post.then(|| "{}".to_owned());
    let fetch = Fetch { url: &url, authorization: Some(token.header()), post, trust: None };
    let answer = fetch.run().map_err(|error| failed(step, &error))?;
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status < 300 {
        return Ok(document);
    }
    let said = document["error"].as_str().unwrap_or("no reason").to_owned();
    Err(failed(step, &format!("HTTP status {}: {said}", answer.status)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_is_open_while_anything_of_it_is() {
        let order = |state: &str, capture: &str| {
            let captures = json!([{ "state": capture }]);
            json!({ "authorizations": [{ "state": state, "captures": captures }] })
        };
        assert!(is_open(&order("undecided", "captured")));
        assert!(is_open(&order("approved", "asked")));
        assert!(!is_open(&order("approved", "captured")) && !is_open(&json!({})));
    }

    #[test]
    fn only_numbers_of_orders_come_into_a_path() {
        let step = |order: &str| Step::automatic("resolve-in-doubt", "m", "").with("order", order);
        assert_eq!(order(&step("0000000001")), Ok("0000000001"));
        for bad in ["", "1/../../commands", "-1", "x"] {
            assert!(order(&step(bad)).is_err(), "{bad}");
        }
    }
}
