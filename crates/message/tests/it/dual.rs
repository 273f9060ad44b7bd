//! The dual signature: each party sees its half, and each change of either half is seen.

use counterfoil_crypto::suite::{P256, RSA3072};
use counterfoil_message::account::is_cardholder;
use counterfoil_message::dual::{Context, Instruction, verify_order};
use counterfoil_message::exchange::purchase::PReqDualSigned;
use counterfoil_message::primitive::{BrandId, Digest, Nonce, Xid};
use counterfoil_message::treatment::{TreatmentError, digest_of};
use counterfoil_pki::Roles;

use crate::deployment::{Deployment, check, rng};
use crate::payment::{context, oi_data, pan_data, pi_head, purchase, xid};

struct Scene {
    deployment: Deployment,
    context: Context,
    request: PReqDualSigned,
}

fn scene() -> Scene {
    let deployment = Deployment::new();
    let context = context(&deployment, &P256);
    let request = sign(&deployment, &context);
    Scene { deployment, context, request }
}

fn sign(deployment: &Deployment, context: &Context) -> PReqDualSigned {
    let gateway = deployment.gateway_exchange.recipient();
    let cardholder = deployment.cardholder.sender();
    purchase().sign(context, &cardholder, &gateway, &mut rng(7)).unwrap()
}

/// What the merchant says to `request`.
fn merchant(scene: &Scene, request: &PReqDualSigned, context: &Context) -> String {
    let mut trust = scene.deployment.trust();
    match verify_order(request, context, &mut check(&mut trust, Roles::CARD)) {
        Ok(order) => {
            assert_eq!(order.content(), &request.oi_dual_signed.oi_data);
            "authentic".to_owned()
        }
        Err(error) => error.log_id().to_owned(),
    }
}

fn open(
    scene: &Scene,
    request: &PReqDualSigned,
    context: &Context,
    xid: Xid,
) -> Result<Instruction, TreatmentError> {
    let mut trust = scene.deployment.trust();
    let opener = scene.deployment.gateway_exchange.opener();
    let pi = &request.pi_dual_signed;
    Instruction::open(pi, &opener, context, xid, &mut check(&mut trust, Roles::CARD))
}

/// What the gateway says to `request`: to the peer, and to its own log.
fn gateway(scene: &Scene, request: &PReqDualSigned, context: &Context, xid: Xid) -> String {
    match open(scene, request, context, xid) {
        Ok(_) => "authentic".to_owned(),
        Err(error) => format!("{error} [{}]", error.log_id()),
    }
}

#[test]
fn both_halves_are_authentic_to_their_readers() {
    let scene = scene();
    assert_eq!(merchant(&scene, &scene.request, &scene.context), "authentic");
    let instruction = open(&scene, &scene.request, &scene.context, xid()).unwrap();
    assert_eq!(instruction.pi_head(), &pi_head());
    assert_eq!(instruction.h_oi_data(), &digest_of(&oi_data()).unwrap());
    let opener = scene.deployment.gateway_exchange.opener();
    let card = instruction.pan_data().open(&opener).unwrap();
    assert_eq!(card, pan_data());
    let cardholder = instruction.cardholder().certificate();
    assert_eq!(cardholder, &scene.deployment.cardholder.certificate);
    assert!(is_cardholder(cardholder.common_name().unwrap(), &card));
}

#[test]
fn both_halves_are_authentic_under_suite_rsa3072() {
    let deployment = Deployment::with(&RSA3072);
    let context = context(&deployment, &RSA3072);
    let request = sign(&deployment, &context);
    let scene = Scene { deployment, context, request };
    assert_eq!(merchant(&scene, &scene.request, &scene.context), "authentic");
    let instruction = open(&scene, &scene.request, &scene.context, xid()).unwrap();
    let opener = scene.deployment.gateway_exchange.opener();
    assert_eq!(instruction.pan_data().open(&opener).unwrap(), pan_data());
}

#[test]
fn another_order_is_refused_by_the_merchant() {
    let scene = scene();
    let mut request = scene.request.clone();
    request.oi_dual_signed.oi_data.od_salt = Nonce::new([0; 32]);
    assert_eq!(merchant(&scene, &request, &scene.context), "digest-mismatch");
}

#[test]
fn another_instruction_is_refused_by_the_merchant() {
    let scene = scene();
    let mut request = scene.request.clone();
    request.oi_dual_signed.h_pi_data.digest[0] ^= 1;
    assert_eq!(merchant(&scene, &request, &scene.context), "digest-mismatch");
}

/// The flaw of SET 1.0: a signature that fits any gateway.
#[test]
fn every_part_of_the_context_is_signed() {
    let scene = scene();
    let changes: [(&str, Context); 4] = [
        ("suite", Context { suite: &RSA3072, ..scene.context.clone() }),
        ("brand", Context { brand_id: BrandId::new("Other").unwrap(), ..scene.context.clone() }),
        ("merchant", Context { merchant_cert_hash: Digest::new([0; 32]), ..scene.context.clone() }),
        ("gateway", Context { gateway_cert_hash: Digest::new([0; 32]), ..scene.context.clone() }),
    ];
    for (name, changed) in changes {
        assert_eq!(merchant(&scene, &scene.request, &changed), "digest-mismatch", "{name}");
        let gateway = gateway(&scene, &scene.request, &changed, xid());
        assert!(gateway.starts_with("the sealed content cannot be opened ["), "{name}: {gateway}");
    }
}

#[test]
fn an_instruction_for_another_purchase_does_not_open() {
    let scene = scene();
    let other = Xid::new([0; 20]);
    let expected = "the sealed content cannot be opened [instruction-envelope]";
    assert_eq!(gateway(&scene, &scene.request, &scene.context, other), expected);
}

#[test]
fn a_signature_over_another_instruction_looks_like_an_envelope_that_does_not_open() {
    let scene = scene();
    let mut other = purchase();
    other.pi_head.inputs.purch_amt =
        counterfoil_message::primitive::CurrencyAmount::minor(978, 1, 2).unwrap();
    let gateway_certificate = scene.deployment.gateway_exchange.recipient();
    let cardholder = scene.deployment.cardholder.sender();
    let other = other.sign(&scene.context, &cardholder, &gateway_certificate, &mut rng(8)).unwrap();
    let mut request = scene.request.clone();
    request.pi_dual_signed.pi_signature = other.pi_dual_signed.pi_signature;
    let expected = "the sealed content cannot be opened [digest-mismatch]";
    assert_eq!(gateway(&scene, &request, &scene.context, xid()), expected);
}

#[test]
fn a_dual_signature_by_a_merchant_is_refused() {
    let scene = scene();
    let gateway = scene.deployment.gateway_exchange.recipient();
    let signer = scene.deployment.merchant.sender();
    let request = purchase().sign(&scene.context, &signer, &gateway, &mut rng(7)).unwrap();
    assert_eq!(merchant(&scene, &request, &scene.context), "wrong-role");
}

#[test]
fn nothing_that_prints_shows_the_card() {
    let scene = scene();
    let instruction = open(&scene, &scene.request, &scene.context, xid()).unwrap();
    let printed = format!("{:?} {:?} {instruction:?}", purchase(), scene.request);
    assert!(!printed.contains("4929123412341232") && !printed.contains("203012"), "{printed}");
    assert!(printed.contains("492912******1232"), "{printed}");
}

#[test]
fn the_request_that_the_merchant_gets_does_not_contain_the_card() {
    let scene = scene();
    let bytes = counterfoil_message::codec::encode(&scene.request).unwrap();
    let card = b"4929123412341232";
    assert!(!bytes.windows(card.len()).any(|window| window == card));
}
