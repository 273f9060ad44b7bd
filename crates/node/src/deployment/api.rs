//! Answers of a party's own API, and the operator's commands as JSON.

use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use counterfoil_party::bank::{Bank, BankCommand, BankOutcome, PAYMENTS_PER_PAGE_MAX};
use counterfoil_party::machine::Party;
use counterfoil_secret::Report;

use super::api_token::ApiToken;
use crate::BoxFuture;
use crate::actor::{Handle, Refusal};
use crate::server::ApiRoutes;

/// Where an operator's commands are posted.
pub const COMMANDS: &str = "/commands";
/// Where a bank's books are read.
pub const BOOKS: &str = "/books";

/// An answer with a JSON body.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let text = serde_json::to_vec(body).expect("invariant: answers have string keys");
    content(status, "application/json", text)
}

/// An answer with any body.
pub(super) fn content(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// An answer that explains why there is no other.
pub(super) fn refuse(status: StatusCode, id: &str, sentence: &str, hint: &str) -> Response<Bytes> {
    answer(status, &json!({ "id": id, "error": sentence, "hint": hint }))
}

/// Another method than the path takes.
pub(super) fn wrong_method(allowed: &'static str) -> Response<Bytes> {
    let mut response = refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-refused",
        "this path does not know that method",
        "use the method that the header `Allow` names",
    );
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// The request does not show the token.
pub(super) fn unauthorized() -> Response<Bytes> {
    let mut response = refuse(
        StatusCode::UNAUTHORIZED,
        "token-missing",
        "the request does not show the token of this API",
        "send `Authorization: Bearer TOKEN` with the content of the party's file `api-token`",
    );
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// The party could not answer now.
pub(super) fn not_now(refusal: Refusal) -> Response<Bytes> {
    let (id, sentence) = (refusal.id(), refusal.to_string());
    refuse(StatusCode::SERVICE_UNAVAILABLE, id, &sentence, &refusal.hint())
}

/// Whether the request shows the token.
pub(super) fn is_admitted(token: &ApiToken, request: &Request<Bytes>) -> bool {
    token.admits(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes))
}

/// `POST /commands`: a command of the party as JSON, answered with its outcome.
#[derive(Debug)]
pub struct OperatorApi {
    token: ApiToken,
}

impl OperatorApi {
    /// For those who show this token.
    pub fn new(token: ApiToken) -> Self {
        Self { token }
    }
}

impl<P> ApiRoutes<P> for OperatorApi
where
    P: Party + 'static,
    P::Command: DeserializeOwned,
    P::Outcome: Serialize,
{
    fn respond(
        &self,
        request: Request<Bytes>,
        party: Handle<P>,
    ) -> BoxFuture<'_, Option<Response<Bytes>>> {
        Box::pin(async move {
            if request.uri().path() != COMMANDS {
                return None;
            }
            if request.method() != Method::POST {
                return Some(wrong_method("POST"));
            }
            if !is_admitted(&self.token, &request) {
                return Some(unauthorized());
            }
            Some(carry_out(request.body(), &party).await)
        })
    }
}

/// Has the party carry out a command given as JSON.
pub(super) async fn carry_out<P>(body: &[u8], party: &Handle<P>) -> Response<Bytes>
where
    P: Party,
    P::Command: DeserializeOwned,
    P::Outcome: Serialize,
{
    let command: P::Command = match serde_json::from_slice(body) {
        Ok(command) => command,
        Err(error) => return malformed(&error),
    };
    match party.command(command).await {
        Ok(outcome) => answer(StatusCode::OK, &outcome),
        Err(refusal) => not_now(refusal),
    }
}

/// A body that is not what the path takes.
pub(super) fn malformed(error: &serde_json::Error) -> Response<Bytes> {
    let sentence = format!("the body is not what this path takes: {error}");
    let hint = "send a JSON document as GET /openapi.json or the operator's guide describes it";
    refuse(StatusCode::BAD_REQUEST, "body-malformed", &sentence, hint)
}

/// `GET /books` of a bank. Accounts are opened by its people, not over the network.
#[derive(Debug)]
pub struct BankApi {
    token: ApiToken,
}

impl BankApi {
    /// For those who show this token.
    pub fn new(token: ApiToken) -> Self {
        Self { token }
    }
}

impl ApiRoutes<Bank> for BankApi {
    fn respond(
        &self,
        request: Request<Bytes>,
        party: Handle<Bank>,
    ) -> BoxFuture<'_, Option<Response<Bytes>>> {
        Box::pin(async move {
            if request.uri().path() != BOOKS {
                return None;
            }
            if request.method() != Method::GET {
                return Some(wrong_method("GET"));
            }
            if !is_admitted(&self.token, &request) {
                return Some(unauthorized());
            }
            let query = request.uri().query().unwrap_or_default();
            let after = query.strip_prefix("after=").map(str::to_owned);
            let command = BankCommand::Books { after, limit: PAYMENTS_PER_PAGE_MAX };
            Some(match party.command(command).await {
                Ok(BankOutcome::Books(books)) => answer(StatusCode::OK, &*books),
                Ok(_) => refuse(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "no-books",
                    "the bank gave something else than its books",
                    "report this",
                ),
                Err(refusal) => not_now(refusal),
            })
        })
    }
}
