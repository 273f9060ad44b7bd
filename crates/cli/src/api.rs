//! Requests to the parties' own APIs.

use serde_json::Value;

use counterfoil_node::deployment::Material;
use counterfoil_node::deployment::api_token::ApiToken;
use counterfoil_node::deployment::fetch::{Fetch, Fetched};
use counterfoil_secret::Secret;

use crate::data::operations;
use crate::failure::Failure;

/// HTTP status from which on an answer is a refusal.
const REFUSED: u16 = 400;
/// HTTP status from which on the other side could not answer.
const UNABLE: u16 = 500;

/// A party's API, with its token.
pub struct Api {
    base: String,
    token: Secret<String>,
}

impl Api {
    /// Of the party in this folder.
    pub fn of(material: &Material) -> Result<Self, Failure> {
        let token = ApiToken::read(material.folder())?.header();
        Ok(Self { base: format!("http://{}", operations(material)?), token })
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(path, None)
    }

    /// `POST` of a JSON document, or of nothing.
    pub fn post(&self, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        self.ask(path, Some(body.map_or_else(String::new, Value::to_string)))
    }

    fn ask(&self, path: &str, post: Option<String>) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.base);
        let authorization = Some(self.token.clone());
        let fetched = Fetch { url: &url, authorization, post, trust: None }.run()?;
        json(&fetched)
    }
}

/// The document of an answer, or the refusal that it is.
pub fn json(fetched: &Fetched) -> Result<Value, Failure> {
    let document: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
    if fetched.status < REFUSED {
        return Ok(document);
    }
    let text = |name: &str| document[name].as_str().map(str::to_owned);
    let id = text("id").unwrap_or_else(|| "answer-unexpected".into());
    let sentence = text("error").unwrap_or_else(|| format!("HTTP status {}", fetched.status));
    let hint = text("hint").unwrap_or_else(|| "look at the party's log".into());
    Err(if fetched.status < UNABLE {
        Failure::input(&id, sentence, hint)
    } else {
        Failure::unseen(&id, sentence, hint)
    })
}
