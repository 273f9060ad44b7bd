//! Octets from somebody who means harm: a clear error, the field, the offset, and never a panic.

use counterfoil_message::codec::{Asn1, decode};

use crate::sample::{self, Dice, Fill, for_every_type};

fn survives_truncation<T: Asn1>() {
    let bytes = sample::der_of::<T>(Fill::Everything, &mut Dice::new(3));
    for len in 0..bytes.len() {
        let error = decode::<T>(&bytes[..len]).err().unwrap();
        assert!(error.path().starts_with(T::NAME), "{error}");
        assert!(error.offset() <= len, "{error}");
    }
}

fn survives_changed_octets<T: Asn1>() {
    let bytes = sample::der_of::<T>(Fill::Everything, &mut Dice::new(4));
    for place in 0..bytes.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            if let Err(error) = decode::<T>(&changed) {
                assert!(error.path().starts_with(T::NAME), "{error}");
                assert!(error.offset() <= bytes.len(), "{error}");
            }
        }
    }
}

fn refuses_trailing_octets<T: Asn1>() {
    let mut bytes = sample::der_of::<T>(Fill::Everything, &mut Dice::new(5));
    let len = bytes.len();
    bytes.extend([0x05, 0x00]);
    let error = decode::<T>(&bytes).err().unwrap();
    let expected = format!("{} at octet {len}: expected the end, found 2 more octets", T::NAME);
    assert_eq!(error.to_string(), expected);
}

#[test]
fn every_truncation_of_every_type_is_refused() {
    for_every_type!(survives_truncation);
}

#[test]
fn every_changed_octet_of_every_type_is_refused_or_harmless() {
    for_every_type!(survives_changed_octets);
}

#[test]
fn trailing_octets_are_refused_for_every_type() {
    for_every_type!(refuses_trailing_octets);
}

/// Sealed content and dual signatures with one octet changed, every octet in turn.
mod treated {
    use counterfoil_crypto::suite::P256;
    use counterfoil_message::codec::encode;
    use counterfoil_message::dual::{Instruction, verify_order};
    use counterfoil_message::exchange::authorization::AuthReq;
    use counterfoil_message::exchange::purchase::PReqDualSigned;
    use counterfoil_message::instruction::Pi;
    use counterfoil_message::treatment::{self, Binding};
    use counterfoil_pki::Roles;

    use super::decode;
    use crate::deployment::{Deployment, check, rng};
    use crate::payment::{auth_req_data, context, header, purchase, xid};

    fn request(deployment: &Deployment) -> PReqDualSigned {
        let gateway = deployment.gateway_exchange.recipient();
        let cardholder = deployment.cardholder.sender();
        let context = context(deployment, &P256);
        purchase().sign(&context, &cardholder, &gateway, &mut rng(2)).unwrap()
    }

    /// Every variant of `bytes` with one octet changed.
    fn variants(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        (0..bytes.len()).map(|place| {
            let mut changed = bytes.to_vec();
            changed[place] ^= 1 << (place % 8);
            changed
        })
    }

    #[test]
    fn no_changed_authorization_request_opens() {
        let deployment = Deployment::new();
        let binding = Binding::of_header(&header()).unwrap();
        let sealed = treatment::enc_b(
            &deployment.merchant.sender(),
            &deployment.gateway_exchange.recipient(),
            &binding,
            &auth_req_data(),
            Pi::DualSigned(request(&deployment).pi_dual_signed),
            &mut rng(3),
        )
        .unwrap();
        let mut trust = deployment.trust();
        let opener = deployment.gateway_exchange.opener();
        for changed in variants(&encode(&AuthReq(sealed)).unwrap()) {
            let Ok(AuthReq(sealed)) = decode(&changed) else { continue };
            let check = &mut check(&mut trust, Roles::MER);
            let error = treatment::open_enc_b(&sealed, &opener, &binding, check).err().unwrap();
            assert_eq!(error.to_string(), "the sealed content cannot be opened");
        }
    }

    /// Certificates that come along are not signed: a change there may go unnoticed, and whoever
    /// notices it refuses. Nothing else may be taken for what was signed.
    #[test]
    fn a_changed_purchase_request_gives_the_signed_content_or_an_error() {
        let deployment = Deployment::new();
        let genuine = request(&deployment);
        let context = context(&deployment, &P256);
        let mut trust = deployment.trust();
        let opener = deployment.gateway_exchange.opener();
        let pi_head = purchase().pi_head;
        for changed in variants(&encode(&genuine).unwrap()) {
            let Ok(changed) = decode::<PReqDualSigned>(&changed) else { continue };
            let order = verify_order(&changed, &context, &mut check(&mut trust, Roles::CARD));
            if let Ok(order) = order {
                assert_eq!(order.content(), &genuine.oi_dual_signed.oi_data);
            }
            let check = &mut check(&mut trust, Roles::CARD);
            let pi = &changed.pi_dual_signed;
            if let Ok(opened) = Instruction::open(pi, &opener, &context, xid(), check) {
                assert_eq!(opened.pi_head(), &pi_head);
            }
        }
    }
}
