//! The merchant's API, the operators' API and `publish` of a deployment that runs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::deployment::Deployment;

/// One party's API.
struct Api {
    address: String,
    token: String,
}

impl Api {
    fn of(deployment: &Deployment, party: &str) -> Self {
        let token = std::fs::read_to_string(deployment.data().join(party).join("api-token"));
        let token = token.unwrap().trim().to_owned();
        Self { address: deployment.setting(party, "node.operations"), token }
    }

    /// Status and body of the answer to a request with the token.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.ask_as(Some(&self.token), method, path, body)
    }

    fn ask_as(&self, token: Option<&str>, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let token = token.map_or(String::new(), |t| format!("Authorization: Bearer {t}\r\n"));
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{token}Content-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.ask(method, path, &body.to_string());
        (status, serde_json::from_str(&body).unwrap())
    }

    /// The request must be refused with this status and id, and a hint.
    #[track_caller]
    fn refuses(&self, method: &str, path: &str, body: &str, status: u16, id: &str) {
        let said = self.ask(method, path, body);
        check(&said, status, id, &format!("{method} {path} {body}"));
    }
}

#[track_caller]
fn check((status, body): &(u16, String), expected: u16, id: &str, what: &str) {
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    assert_eq!((*status, said["id"].as_str()), (expected, Some(id)), "{what}: {body}");
    assert!(said["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{what}: {body}");
}

#[test]
fn shops_and_operators_are_served_over_http() {
    let mut deployment = Deployment::start(|_| {}, &["card-1"]);
    let shop = Api::of(&deployment, "merchant");
    token_is_asked_for(&shop);
    wrong_requests_are_explained(&shop);
    an_order_is_made_paid_and_captured(&deployment, &shop);
    the_rest_of_it_is_voided(&deployment, &shop);
    operators_are_answered(&deployment);
    crls_are_published(&deployment);
    deployment.stop();
}

fn token_is_asked_for(shop: &Api) {
    for token in [None, Some("guess"), Some("")] {
        for (method, path) in [("GET", "/orders"), ("GET", "/orders/1"), ("POST", "/commands")] {
            check(&shop.ask_as(token, method, path, ""), 401, "token-missing", path);
        }
    }
    for path in ["/openapi.json", "/docs", "/livez"] {
        assert_eq!(shop.ask_as(None, "GET", path, "").0, 200, "{path}");
    }
    let description: Value = serde_json::from_str(&shop.ask("GET", "/openapi.json", "").1).unwrap();
    let paths = description["paths"].as_object().unwrap();
    for path in paths.keys() {
        let (status, body) = shop.ask("GET", &path.replace("{order}", "7"), "");
        assert!(!body.contains("path-unknown"), "{path} is described and not served: {status}");
    }
}

fn wrong_requests_are_explained(shop: &Api) {
    shop.refuses("DELETE", "/orders", "", 405, "method-refused");
    shop.refuses("GET", "/orders/1/captures", "", 405, "method-refused");
    shop.refuses("GET", "/orders/7", "", 404, "order-unknown");
    shop.refuses("GET", "/orders/x", "", 404, "order-unknown");
    shop.refuses("POST", "/orders/7/captures", "", 404, "order-unknown");
    shop.refuses("GET", "/nothing", "", 404, "path-unknown");
    shop.refuses("POST", "/orders", "{", 400, "body-malformed");
    shop.refuses("POST", "/orders", r#"{"description": "x"}"#, 400, "body-malformed");
    let order = |description: &str, amount: &str| {
        json!({ "description": description, "amount": amount }).to_string()
    };
    shop.refuses("POST", "/orders", &order("x", "5"), 400, "amount-malformed");
    shop.refuses("POST", "/orders", &order("x", "5 XXL"), 400, "currency-unknown");
    shop.refuses("POST", "/orders", &order("x", "0 USD"), 400, "amount-zero");
    shop.refuses("POST", "/orders", &order("", "5 USD"), 400, "description-length");
}

fn an_order_is_made_paid_and_captured(deployment: &Deployment, shop: &Api) {
    let order = json!({ "description": "two books", "amount": "20.00 USD" });
    let (status, made) = shop.json("POST", "/orders", &order);
    assert_eq!(status, 201, "{made}");
    let number = made["order"].as_str().unwrap();
    let url = made["initiation_url"].as_str().unwrap();
    let path = &url[url.find("/orders").unwrap()..];
    let (status, text) = shop.ask_as(None, "GET", path, "");
    assert!(status == 200 && text.ends_with("two books"), "{text}");
    let guess = format!("/orders/{number}/initiation?label=00");
    check(&shop.ask_as(None, "GET", &guess, ""), 404, "order-unknown", "label");
    let captures = format!("/orders/{number}/captures");
    shop.refuses("POST", &captures, "", 409, "order-not-authorized");
    deployment.run(&["pay", "--url", url]).fine();
    let too_much = r#"{"amount": "20.01 USD"}"#;
    shop.refuses("POST", &captures, too_much, 409, "amount-above-authorized");
    let (_, part) = shop.json("POST", &captures, &json!({ "amount": "5.00 USD" }));
    assert_eq!(
        (&part["state"], &part["captured"]),
        (&json!("partly_captured"), &json!("5.00 USD"))
    );
    let (_, all) = shop.json("GET", "/orders", &Value::Null);
    assert_eq!(all["orders"][0]["amount"], "20.00 USD");
}

/// By the command and by the API: what was not captured goes back, once.
fn the_rest_of_it_is_voided(deployment: &Deployment, shop: &Api) {
    shop.refuses("GET", "/orders/1/void", "", 405, "method-refused");
    shop.refuses("POST", "/orders/7/void", "", 404, "order-unknown");
    let voided = deployment.run(&["order", "void", "1", "--json"]).json();
    assert_eq!((&voided["state"], &voided["authorized"]), (&json!("captured"), &json!("5.00 USD")));
    assert_eq!(voided["authorizations"][0]["void"]["state"], "done", "{voided}");
    shop.refuses("POST", "/orders/1/void", "", 409, "nothing-to-void");
    let again = deployment.run(&["order", "void", "1"]);
    assert_eq!(again.status.code(), Some(2), "{again:#?}");
    let captures = "/orders/1/captures";
    shop.refuses("POST", captures, "", 409, "order-voided");
    let order = deployment.order("a book that is not sent", "7.00 USD");
    deployment.pay(&order, "card-1").fine();
    let (status, whole) = shop.json("POST", "/orders/2/void", &Value::Null);
    assert_eq!((status, &whole["state"]), (200, &json!("voided")), "{whole}");
    let shown = deployment.run(&["order", "status", "2"]);
    assert!(shown.stdout.contains("void of all but 0.00 USD done"), "{shown:#?}");
}

fn operators_are_answered(deployment: &Deployment) {
    let ca = Api::of(deployment, "cca");
    check(&ca.ask_as(None, "POST", "/commands", "{}"), 401, "token-missing", "cca");
    let (status, said) = ca.json("POST", "/commands", &json!({ "command": "status" }));
    assert_eq!((status, &said["issued"]), (200, &json!(1)), "{said}");
    ca.refuses("POST", "/commands", r#"{"command": "sing"}"#, 400, "body-malformed");
    let bank = Api::of(deployment, "bank");
    let (status, books) = bank.ask("GET", "/books", "");
    let books: Value = serde_json::from_str(&books).unwrap();
    let payments = books["payments"].as_array().unwrap();
    let mut paid: Vec<_> = payments.iter().map(|one| one["paid_minor"].as_u64()).collect();
    // One was captured in part, the other given back; which stands first is chance.
    paid.sort_unstable();
    assert_eq!((status, paid), (200, vec![Some(0), Some(500)]), "{books}");
    let gateway = Api::of(deployment, "gateway");
    let (_, said) = gateway.json("POST", "/commands", &json!({ "command": "state" }));
    assert_eq!(said["signed_on"], true, "{said}");
}

/// A merchant's certificate that its CA has revoked is refused once the CRL is given out.
fn crls_are_published(deployment: &Deployment) {
    let ca = Api::of(deployment, "mca");
    let certificate = deployment.data().join("merchant/certs/signature.pem");
    let text = std::fs::read_to_string(certificate).unwrap();
    let serial = serial_of(&text);
    let revoke = json!({ "command": "revoke", "serial": serial, "reason": "key_compromise" });
    let (status, said) = ca.json("POST", "/commands", &revoke);
    assert_eq!((status, &said["outcome"]), (200, &json!("crl")), "{said}");
    let published = deployment.run(&["publish", "--json"]).json();
    deployment.wait_until_ready("merchant");
    let of_mca = published["crls"].as_array().unwrap().iter().find(|crl| crl["authority"] == "mca");
    assert_eq!(of_mca.unwrap()["revoked"], 1, "{published}");
    let order = deployment.order("a third book", "3.00 USD");
    let refused = deployment.pay(&order, "card-1");
    assert_eq!(refused.status.code(), Some(1), "{refused:#?}");
}

/// The serial number of a certificate, hexadecimal.
fn serial_of(pem: &str) -> String {
    let certificates = counterfoil_pki::Certificate::from_pem_all(pem).unwrap();
    hex::encode(certificates[0].serial())
}
