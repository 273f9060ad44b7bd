//! A purchase as an observer sees it, without keys and with the gateway's.

use counterfoil_dissect::key::Keys;

use super::{
    Session, auth_req, gateway_key, header_of, p_init_req, p_init_res, p_init_res_data, p_req,
    remarks, tree, wrap,
};
use crate::deployment::Deployment;

#[test]
fn a_purchase_in_order_has_no_remarks_and_shows_its_fields() {
    let deployment = Deployment::new();
    let mut session = Session::new(Keys::default());
    session.fine(&wrap(header_of(1), &p_init_req()));
    let answer = p_init_res(&deployment, &p_init_res_data(&deployment));
    let reading = session.fine(&wrap(header_of(1), &answer));
    let shown = tree(&reading);
    assert!(shown.contains("suite: p256"), "{shown}");
    assert!(shown.contains("signatureAlgorithm"), "{shown}");
    assert!(shown.contains("subject: CN=Shop,OU=Bank,O=Acme Card,C=DE"), "{shown}");
    let p_req = p_req(&deployment);
    let reading = session.fine(&wrap(header_of(2), &p_req));
    assert_eq!(reading.summary, "PReq, XID 111111111111, RRPID 020202020202");
    let header = header_of(3);
    let request = auth_req(&deployment, &p_req, &header);
    let reading = session.fine(&wrap(header, &request));
    assert_eq!(reading.summary, "AuthReq, XID 111111111111, RRPID 030303030303");
}

#[test]
fn the_gateways_key_opens_the_request_down_to_the_card_which_stays_masked() {
    let deployment = Deployment::new();
    let p_req = p_req(&deployment);
    let header = header_of(3);
    let bytes = wrap(header.clone(), &auth_req(&deployment, &p_req, &header));
    // Alone, without anything that came before.
    let reading = Session::new(gateway_key(&deployment)).read(&bytes);
    assert_eq!(remarks(&reading), "");
    let shown = tree(&reading);
    assert!(shown.contains("pan: 492912******1232"), "{shown}");
    assert!(shown.contains("cardExpiry: [redacted, 6 octets]"), "{shown}");
    assert!(!shown.contains("4929123412341232"), "{shown}");
    assert!(shown.contains("authReqAmt: 49.90 EUR"), "{shown}");
}
