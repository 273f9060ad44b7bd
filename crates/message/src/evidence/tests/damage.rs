//! Damage and forgery: no octet of a file changes unseen, whoever changes it.

use counterfoil_crypto::digest::sha256;

use super::payment::{Payment, judge, lines, sealed, verdict};
use super::rules::AUTHORIZED;
use super::world::{World, days, rng};
use crate::evidence::armour::armour;
use crate::evidence::{
    Claim, EvidenceFile, ExportRequest, Exporter, Statement, Verification, export, verify,
};

/// A small file: no order, no capture, nothing in it that verification does not need.
fn small(world: &World) -> Vec<u8> {
    let payment = Payment::new(world);
    let (journal, roots) = (payment.journal(), world.roots());
    let lines = lines(&journal);
    let request = ExportRequest { roots: &roots, ..payment.request_of(&lines, Exporter::Merchant) };
    export(&request, &mut rng(9)).unwrap().file.encode().unwrap()
}

fn is_proved(world: &World, file: &[u8]) -> bool {
    verify(file, &world.roots(), days(1)).is_ok_and(|found| found.is_proved())
}

#[test]
fn every_changed_octet_of_the_text_is_seen() {
    let world = World::new();
    let text = armour(&small(&world)).unwrap().into_bytes();
    println!("{} octets", text.len());
    assert!(is_proved(&world, &text));
    for place in 0..text.len() {
        let mut changed = text.clone();
        changed[place] ^= 1;
        assert!(!is_proved(&world, &changed), "octet {place}");
    }
}

#[test]
fn every_changed_octet_of_the_der_is_seen() {
    let world = World::new();
    let der = small(&world);
    for change in [0x01, 0x80, 0xff] {
        for place in 0..der.len() {
            let mut changed = der.clone();
            changed[place] ^= change;
            assert!(!is_proved(&world, &changed), "octet {place} changed by {change:#x}");
        }
    }
}

#[test]
fn every_changed_octet_is_seen_when_the_digest_is_made_to_fit() {
    let world = World::new();
    let der = small(&world);
    let digest_at = der.len() - 32;
    // The digest is the last field: a SEQUENCE header of four octets, evidence, seal, digest.
    let fitting = |changed: &[u8]| sha256(&changed[4..digest_at - 2]);
    assert_eq!(der[digest_at..], fitting(&der));
    for place in 0..digest_at {
        let mut changed = der.clone();
        changed[place] ^= 1;
        let digest = fitting(&changed);
        changed[digest_at..].copy_from_slice(&digest);
        assert!(!is_proved(&world, &changed), "octet {place}");
    }
}

/// What is proved, the exporter's own statement aside.
fn proved(verification: &Verification) -> Vec<Statement> {
    let by_others = |statement: &&Statement| !matches!(statement.claim, Claim::Exported { .. });
    verification.statements.iter().filter(by_others).cloned().collect()
}

#[test]
fn an_exporter_that_seals_anew_proves_nothing_else() {
    const STEP: usize = 29;
    let world = World::new();
    let der = small(&world);
    let honest = judge(&world, &der);
    assert_eq!(verdict(&honest), AUTHORIZED);
    let mut resealed = 0;
    for place in (0..der.len()).step_by(STEP) {
        let mut changed = der.clone();
        changed[place] ^= 1;
        let Ok(file) = EvidenceFile::decode(&changed) else { continue };
        let Ok(verification) = verify(&sealed(&world, file.evidence), &world.roots(), days(365))
        else {
            continue;
        };
        resealed += 1;
        let same = proved(&verification) == proved(&honest);
        assert!(same || !verification.is_proved(), "octet {place}");
    }
    assert!(resealed > 100, "{resealed}");
}

#[test]
fn a_file_that_is_cut_or_longer_is_refused() {
    let world = World::new();
    let der = small(&world);
    for len in (0..der.len()).step_by(7) {
        assert!(!is_proved(&world, &der[..len]), "{len} octets");
    }
    let longer = [der.as_slice(), &[0]].concat();
    let told = verdict(&judge(&world, &longer));
    assert!(told.ends_with("[decode-not-der]."), "{told}");
    let text = armour(&der).unwrap();
    let cut = &text[..text.len() - 1];
    assert_eq!(
        verdict(&judge(&world, cut.as_bytes())),
        "NOT PROVED: file: the text form is not whole, or was written by another program \
         [armour-damaged]."
    );
}

#[test]
fn a_changed_digest_is_called_a_changed_file() {
    let world = World::new();
    let mut der = small(&world);
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(
        verdict(&judge(&world, &der)),
        "NOT PROVED: file: the file is not as it was written [file-changed]."
    );
}

#[test]
fn a_file_of_another_version_is_refused_by_name() {
    let world = World::new();
    let der = small(&world);
    let version = der.windows(3).position(|window| window == [2, 1, 1]).unwrap();
    let mut newer = der.clone();
    newer[version + 2] = 2;
    let told = verdict(&judge(&world, &newer));
    assert!(told.contains("EvidenceFile.evidence.version at octet"), "{told}");
}
