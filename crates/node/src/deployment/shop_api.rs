//! The merchant's API for shops: orders made, looked at, captured and voided.
//!
//! Everything asks for the bearer token of the merchant's folder but two: the description of
//! the API, and an order's wake-up text by the URL that was handed out for it, since the
//! cardholder's wallet fetches that one. Its label makes the URL impossible to guess.
#![allow(
    clippy::result_large_err,
    reason = "the error of a request is its answer, made once and sent"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use counterfoil_crypto::digest::equal;
use counterfoil_party::amount::Amount;
use counterfoil_party::merchant::order::OrderId;
use counterfoil_party::merchant::{Command, Merchant, Outcome};
use counterfoil_secret::Report as _;

use super::api::{
    COMMANDS, answer, carry_out, content, is_admitted, malformed, not_now, refuse, unauthorized,
    wrong_method,
};
use super::api_token::ApiToken;
use super::error::DeploymentError;
use super::material::Material;
use crate::BoxFuture;
use crate::actor::Handle;
use crate::server::ApiRoutes;

/// Media type of a wake-up text (SET 1.0 External Interface Guide).
pub const INITIATION: &str = "application/set-payment-initiation";
const OPENAPI: &str = include_str!("shop_api/openapi.json");
const PAGE: &str = include_str!("shop_api/docs.html");
/// Orders in one page of a list.
const PAGE_MAX: usize = 100;

/// The routes.
#[derive(Debug)]
pub struct ShopApi {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    token: ApiToken,
    /// Where this API is, for URLs that are handed out.
    base: String,
}

/// `POST /orders`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    description: String,
    amount: String,
    #[serde(default)]
    shipments: Vec<String>,
}

/// `POST /orders/{id}/captures` and `POST /orders/{id}/authorizations`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    #[serde(default)]
    amount: Option<String>,
}

type Answered = Result<Response<Bytes>, Response<Bytes>>;

impl ShopApi {
    /// For those who show this token, at the merchant's own address.
    ///
    /// # Errors
    /// [`DeploymentError`] when the settings cannot be read.
    pub fn new(token: ApiToken, material: &Material) -> Result<Self, DeploymentError> {
        let address: Option<SocketAddr> = material.config::<IgnoredAny>()?.node.operations;
        let base = address.map_or_else(String::new, |address| format!("http://{address}"));
        Ok(Self { inner: Arc::new(Inner { token, base }) })
    }
}

impl ApiRoutes<Merchant> for ShopApi {
    fn respond(
        &self,
        request: Request<Bytes>,
        party: Handle<Merchant>,
    ) -> BoxFuture<'_, Option<Response<Bytes>>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            let answered = match parts.as_slice() {
                ["openapi.json"] => {
                    get(&request).map(|()| content(StatusCode::OK, "application/json", OPENAPI))
                }
                ["docs"] => get(&request)
                    .map(|()| content(StatusCode::OK, "text/html; charset=utf-8", PAGE)),
                ["orders"] => inner.orders(&request, &party).await,
                ["orders", id] => inner.order(&request, id, &party).await,
                ["orders", id, "initiation"] => inner.initiation(&request, id, &party).await,
                ["orders", id, "captures"] => {
                    let capture = |order, amount| Command::Capture { order, amount };
                    inner.part(&request, id, &party, capture).await
                }
                ["orders", id, "authorizations"] => {
                    let next = |order, amount| Command::AuthorizeNext { order, amount };
                    inner.part(&request, id, &party, next).await
                }
                ["orders", id, "void"] => {
                    inner.whole(&request, id, &party, |order| Command::Void { order }).await
                }
                ["orders", id, "retries"] => {
                    inner.whole(&request, id, &party, |order| Command::Retry { order }).await
                }
                _ if path == COMMANDS => inner.command(&request, &party).await,
                _ => return None,
            };
            Some(answered.unwrap_or_else(|refusal| refusal))
        })
    }
}

impl Inner {
    fn admit(&self, request: &Request<Bytes>) -> Result<(), Response<Bytes>> {
        if is_admitted(&self.token, request) { Ok(()) } else { Err(unauthorized()) }
    }

    async fn orders(&self, request: &Request<Bytes>, party: &Handle<Merchant>) -> Answered {
        self.admit(request)?;
        match *request.method() {
            Method::GET => {
                let after = query(request, "after").map(order_id).transpose()?;
                let outcome = ask(party, Command::Orders { after, limit: PAGE_MAX }).await?;
                show(StatusCode::OK, outcome)
            }
            Method::POST => {
                let order: NewOrder = json_body(request)?;
                let amount = amount(&order.amount)?;
                let shipments = order.shipments.iter().map(|text| self::amount(text));
                let shipments = shipments.collect::<Result<_, _>>()?;
                let description = order.description;
                let command = Command::CreateOrder { description, amount, shipments };
                match ask(party, command).await? {
                    Outcome::Created { order, lid_m } => {
                        let url = format!("{}/orders/{order}/initiation?label={lid_m}", self.base);
                        let body = json!({ "order": order, "initiation_url": url });
                        Ok(answer(StatusCode::CREATED, &body))
                    }
                    outcome => show(StatusCode::OK, outcome),
                }
            }
            _ => Err(wrong_method("GET, POST")),
        }
    }

    async fn order(
        &self,
        request: &Request<Bytes>,
        id: &str,
        party: &Handle<Merchant>,
    ) -> Answered {
        self.admit(request)?;
        get(request)?;
        show(StatusCode::OK, ask(party, Command::Status { order: order_id(id)? }).await?)
    }

    /// The wake-up text, for the shop or for whoever was given the URL with the label.
    async fn initiation(
        &self,
        request: &Request<Bytes>,
        id: &str,
        party: &Handle<Merchant>,
    ) -> Answered {
        get(request)?;
        let label = query(request, "label");
        if label.is_none() {
            self.admit(request)?;
        }
        match ask(party, Command::Initiation { order: order_id(id)? }).await? {
            Outcome::Initiation { text } if label.is_none_or(|label| is_label(&text, label)) => {
                Ok(content(StatusCode::OK, INITIATION, text))
            }
            // Said to a cardholder, who has no list of orders.
            Outcome::Initiation { .. } => {
                let sentence = "the shop has no order under this URL";
                let hint = "take the whole URL as the shop gave it, or ask the shop for it again";
                Err(refuse(StatusCode::NOT_FOUND, "order-unknown", sentence, hint))
            }
            outcome => show(StatusCode::OK, outcome),
        }
    }

    async fn part(
        &self,
        request: &Request<Bytes>,
        id: &str,
        party: &Handle<Merchant>,
        command: impl Fn(OrderId, Option<Amount>) -> Command,
    ) -> Answered {
        self.admit(request)?;
        post(request)?;
        let order = order_id(id)?;
        let part: Part =
            if request.body().is_empty() { Part::default() } else { json_body(request)? };
        let amount = part.amount.as_deref().map(amount).transpose()?;
        show(StatusCode::OK, ask(party, command(order, amount)).await?)
    }

    /// A command about all of an order; it takes no body.
    async fn whole(
        &self,
        request: &Request<Bytes>,
        id: &str,
        party: &Handle<Merchant>,
        command: impl Fn(OrderId) -> Command,
    ) -> Answered {
        self.admit(request)?;
        post(request)?;
        show(StatusCode::OK, ask(party, command(order_id(id)?)).await?)
    }

    async fn command(&self, request: &Request<Bytes>, party: &Handle<Merchant>) -> Answered {
        post(request)?;
        self.admit(request)?;
        Ok(carry_out(request.body(), party).await)
    }
}

fn get(request: &Request<Bytes>) -> Result<(), Response<Bytes>> {
    if request.method() == Method::GET { Ok(()) } else { Err(wrong_method("GET")) }
}

fn post(request: &Request<Bytes>) -> Result<(), Response<Bytes>> {
    if request.method() == Method::POST { Ok(()) } else { Err(wrong_method("POST")) }
}

async fn ask(party: &Handle<Merchant>, command: Command) -> Result<Outcome, Response<Bytes>> {
    party.command(command).await.map_err(not_now)
}

/// The outcome as it is, without its tag; a refusal with a status of its own.
fn show(status: StatusCode, outcome: Outcome) -> Answered {
    if let Outcome::Refused { id, message, hint } = &outcome {
        let status = match *id {
            "order-unknown" => StatusCode::NOT_FOUND,
            "merchant-unable" => StatusCode::INTERNAL_SERVER_ERROR,
            "description-length" | "amount-zero" | "amount-unusable" | "shipments-wrong" => {
                StatusCode::BAD_REQUEST
            }
            _ => StatusCode::CONFLICT,
        };
        return Err(refuse(status, id, message, hint));
    }
    let mut body = serde_json::to_value(&outcome).expect("invariant: outcomes have string keys");
    if let Value::Object(fields) = &mut body {
        fields.remove("outcome");
    }
    amounts_as_text(&mut body);
    Ok(answer(status, &body))
}

/// Writes amounts as shops write them: `49.99 USD` instead of minor units and a number.
fn amounts_as_text(value: &mut Value) {
    if let Ok(amount) = Amount::deserialize(&*value) {
        *value = Value::String(amount.to_string());
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(amounts_as_text),
        Value::Array(items) => items.iter_mut().for_each(amounts_as_text),
        _ => {}
    }
}

fn json_body<'a, T: Deserialize<'a>>(request: &'a Request<Bytes>) -> Result<T, Response<Bytes>> {
    serde_json::from_slice(request.body()).map_err(|error| malformed(&error))
}

fn amount(text: &str) -> Result<Amount, Response<Bytes>> {
    Amount::parse(text).map_err(|error| {
        refuse(StatusCode::BAD_REQUEST, error.id(), &error.to_string(), &error.hint())
    })
}

fn order_id(text: &str) -> Result<OrderId, Response<Bytes>> {
    text.parse().map_err(|_| unknown_order())
}

fn unknown_order() -> Response<Bytes> {
    let (sentence, hint) = ("no order has this number", "list the orders with GET /orders");
    refuse(StatusCode::NOT_FOUND, "order-unknown", sentence, hint)
}

fn query<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    let pairs = request.uri().query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Whether the wake-up text has this label.
fn is_label(text: &str, label: &str) -> bool {
    let line = text.lines().find_map(|line| line.strip_prefix("SET-LID-M: "));
    line.is_some_and(|own| equal(own.trim().as_bytes(), label.as_bytes()))
}
