//! What is proved, as people read it.

use expect_test::{Expect, expect};

use super::payment::{Payment, judge, lines};
use super::world::{World, rng};
use crate::evidence::armour::armour;
use crate::evidence::statement::plain_money;
use crate::evidence::{ExportRequest, Exporter, Verification, export};

fn check(verification: &Verification, expected: &Expect) {
    expected.assert_eq(&verification.text(plain_money));
}

#[test]
fn the_merchants_file_with_order_and_capture() {
    let world = World::new();
    let payment = Payment::new(&world);
    let file = payment.export(&payment.journal()).file;
    let text = armour(&file.encode().unwrap()).unwrap();
    check(
        &judge(&world, text.as_bytes()),
        &expect![[r#"
            PROVED: the payment was authorized and captured.
            Purchase 1010101010101010101010101010101010101010, exported by the merchant on 2026-06-01T12:00:00Z.

            Proved:
            - The merchant Papierladen (SHOP-1) offered this purchase on 2026-06-01T12:00:00Z, to be paid through the gateway CN=455612:1,OU=Bank,O=Acme Card,C=DE.
              signed by [1] in pInitRes, valid on 2026-06-01T12:00:00Z
            - The cardholder ordered from merchant SHOP-1 and instructed payment by Acme Card through the gateway CN=455612:1,OU=Bank,O=Acme Card,C=DE; order and price have the digest 70771b9fc4fed79d90ff2b656fcc5662355bf35c56dafe1bdc59e083186a689e.
              signed by [2] in purchase, valid on 2026-06-01T12:00:00Z
            - The order was "2 x paper, 1 x ink" for 49.90 (978).
              signed by [2] in purchase, valid on 2026-06-01T12:00:00Z
            - The merchant answered: authorizationPerformed.
              signed by [1] in answers[0].pRes, valid on 2026-06-01T12:00:00Z
            - The gateway authorized 100 % of the price, 49.90 (978), on 2026-06-01T12:00:00Z, authorization 1717171717171717171717171717171717171717.
              signed by [3] in answers[0].pRes.receipt[0], valid on 2026-06-01T12:00:00Z
            - The gateway captured 100 % of the price, 49.90 (978), on 2026-06-01T12:00:00Z, authorization 1717171717171717171717171717171717171717.
              signed by [3] in capReceipts[0], valid on 2026-06-01T12:00:00Z
            - The merchant put this file together.
              signed by [1] in seal, valid on 2026-06-01T12:00:00Z

            Signers:
            [1] CN=Shop,OU=Bank,O=Acme Card,C=DE
                certificate sha256 a178a83e62fd94eafd4893d6d1ee220bfb42d08e42bf970ae5fde06aacf2d8c9
            [2] CN=x7Qk,OU=Bank,O=Acme Card,C=DE
                certificate sha256 86c26988ba57db6ff1b5ec808a8fac6e4862d80be452dce9b61c559278497d56
            [3] CN=455612:1,OU=Bank,O=Acme Card,C=DE
                certificate sha256 924cbc7b9b924ee24a2cba48a52bc2120594cae933de108f5a8b62c08f064858

            Not proved:
            - Which amount the cardholder instructed the gateway to pay: the instruction half is not in the file.
            - Who the cardholder is: the certificate names an account by a code that only its issuer can resolve.
            - Which card was used: card data is never in evidence.
            - That anything was delivered.
            - Whether a certificate was revoked after the dates above: compare with the brand's later CRLs.
        "#]],
    );
}

#[test]
fn the_wallets_file_with_its_instruction_and_an_inquiry() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut journal = payment.journal_with_inquiry();
    journal.iter_mut().for_each(|(sent, _)| *sent = !*sent);
    let (lines, roots) = (lines(&journal), world.roots());
    let instruction = payment.pi_data(payment.pi_head());
    let request = ExportRequest {
        instruction: Some(&instruction),
        roots: &roots,
        ..payment.request_of(&lines, Exporter::Wallet)
    };
    let exported = export(&request, &mut rng(9)).unwrap();
    assert!(exported.left_out.is_empty(), "{:?}", exported.left_out);
    let file = exported.file.encode().unwrap();
    let verification = judge(&world, &file);
    assert_eq!(verification, exported.verification);
    check(
        &verification,
        &expect![[r#"
            PROVED: the payment was authorized.
            Purchase 1010101010101010101010101010101010101010, exported by the wallet on 2026-06-01T12:00:00Z.

            Proved:
            - The merchant Papierladen (SHOP-1) offered this purchase on 2026-06-01T12:00:00Z, to be paid through the gateway CN=455612:1,OU=Bank,O=Acme Card,C=DE.
              signed by [1] in pInitRes, valid on 2026-06-01T12:00:00Z
            - The cardholder ordered from merchant SHOP-1 and instructed payment by Acme Card through the gateway CN=455612:1,OU=Bank,O=Acme Card,C=DE; order and price have the digest 70771b9fc4fed79d90ff2b656fcc5662355bf35c56dafe1bdc59e083186a689e.
              signed by [2] in purchase, valid on 2026-06-01T12:00:00Z
            - The cardholder instructed the gateway to pay 49.90 (978).
              signed by [2] in purchase, valid on 2026-06-01T12:00:00Z
            - The merchant answered: orderReceived.
              signed by [1] in answers[0].pRes, valid on 2026-06-01T12:00:00Z
            - The merchant answered: authorizationPerformed.
              signed by [1] in answers[1].pRes, valid on 2026-06-01T12:00:00Z
            - The gateway authorized 100 % of the price, 49.90 (978), on 2026-06-01T12:00:00Z, authorization 1717171717171717171717171717171717171717.
              signed by [3] in answers[1].pRes.receipt[0], valid on 2026-06-01T12:00:00Z
            - The wallet put this file together.
              signed by [2] in seal, valid on 2026-06-01T12:00:00Z

            Signers:
            [1] CN=Shop,OU=Bank,O=Acme Card,C=DE
                certificate sha256 a178a83e62fd94eafd4893d6d1ee220bfb42d08e42bf970ae5fde06aacf2d8c9
            [2] CN=x7Qk,OU=Bank,O=Acme Card,C=DE
                certificate sha256 86c26988ba57db6ff1b5ec808a8fac6e4862d80be452dce9b61c559278497d56
            [3] CN=455612:1,OU=Bank,O=Acme Card,C=DE
                certificate sha256 924cbc7b9b924ee24a2cba48a52bc2120594cae933de108f5a8b62c08f064858

            Not proved:
            - What was ordered and at what price: the file has only the digest of both.
            - That the amount was captured: no receipt of a capture is in the file.
            - Who the cardholder is: the certificate names an account by a code that only its issuer can resolve.
            - Which card was used: card data is never in evidence.
            - That anything was delivered.
            - Whether a certificate was revoked after the dates above: compare with the brand's later CRLs.
        "#]],
    );
}
