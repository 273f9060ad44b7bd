//! Each way storage can fail has an id of its own, and leaves nothing half-written.

use std::path::Path;

use rusqlite::Connection;

use counterfoil_party::records::Records as _;
use counterfoil_secret::{Fault, Report as _};
use counterfoil_store::sqlite::{INPUT_BYTES_MAX, INPUT_WRITES_MAX, Settings};
use counterfoil_store::{Inspector, Storage as _, Store, StoreError};

fn refused(result: Result<Store, StoreError>) -> StoreError {
    result.expect_err("the store must not open")
}

fn check(error: &StoreError, id: &str, fault: Fault) {
    assert_eq!((error.id(), error.fault()), (id, fault), "{error}");
    assert!(!error.hint().is_empty());
}

fn put_and_commit(store: &mut Store, key: &[u8], value: Vec<u8>) -> Result<(), StoreError> {
    store.begin_input();
    store.put("t", key, value);
    store.finish_input(true)?;
    store.commit()
}

#[test]
fn second_store_of_one_file_is_refused_and_names_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let first = Store::open(&path).unwrap();
    let error = refused(Store::open(&path));
    check(&error, "store-locked", Fault::OurMisuse);
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(first);
    assert!(Store::open(&path).is_ok());
}

#[test]
fn missing_folder_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(Store::open(&folder.path().join("absent/state.sqlite")));
    check(&error, "store-cannot-open", Fault::Environment);
}

#[test]
fn newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    drop(Store::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = refused(Store::open(&path));
    check(&error, "store-newer", Fault::PeerIncompatible);
    assert!(error.to_string().contains("version 99"), "{error}");
    check(&Inspector::open(&path).unwrap_err(), "store-newer", Fault::PeerIncompatible);
}

#[test]
fn database_of_another_program_is_refused_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    check(&refused(Store::open(&path)), "store-foreign", Fault::OurMisuse);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    std::fs::write(&path, b"-----BEGIN CERTIFICATE-----\n".repeat(400)).unwrap();
    check(&refused(Store::open(&path)), "store-corrupt", Fault::Malformed);
}

#[test]
fn damaged_page_is_reported_and_not_read_as_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    for n in 0..400_u32 {
        put_and_commit(&mut store, &n.to_be_bytes(), vec![7; 500]).unwrap();
    }
    drop(store);
    damage(&path);
    let store = Store::open(&path).unwrap();
    let failed = (0..400_u32).find_map(|n| store.get("t", &n.to_be_bytes()).err());
    let error = failed.expect("reading damaged pages must fail");
    assert!(error.cause.contains("is damaged"), "{error}");
    assert!(!Inspector::open(&path).unwrap().check().unwrap().is_empty());
}

/// Overwrites everything but the beginning, where the schema is.
fn damage(path: &Path) {
    let mut octets = std::fs::read(path).unwrap();
    octets[3 * 8_192..].fill(0xa5);
    std::fs::write(path, octets).unwrap();
}

#[test]
fn full_store_refuses_keeps_what_it_had_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let settings = Settings { bytes_max: Some(40 * 8_192), ..Settings::default() };
    let mut store = Store::open_with(&path, settings).unwrap();
    put_and_commit(&mut store, b"kept", vec![1; 100]).unwrap();
    let error = put_and_commit(&mut store, b"large", vec![2; 1_000_000]).unwrap_err();
    check(&error, "store-full", Fault::Environment);
    assert_eq!(store.get("t", b"kept").unwrap(), Some(vec![1; 100]));
    assert_eq!(store.get("t", b"large").unwrap(), None);
    store.recover().unwrap();
    put_and_commit(&mut store, b"small", vec![3]).unwrap();
}

#[test]
fn failed_input_takes_the_whole_transaction_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { bytes_max: Some(40 * 8_192), ..Settings::default() };
    let mut store = Store::open_with(&folder.path().join("state.sqlite"), settings).unwrap();
    store.put("t", b"first", vec![1]);
    store.finish_input(true).unwrap();
    store.put("t", b"large", vec![2; 1_000_000]);
    store.finish_input(true).unwrap_err();
    store.commit().unwrap();
    assert_eq!(store.get("t", b"first").unwrap(), None);
}

#[test]
fn input_above_its_limits_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("state.sqlite")).unwrap();
    store.put("t", b"large", vec![0; INPUT_BYTES_MAX + 1]);
    check(&store.finish_input(true).unwrap_err(), "store-input-too-large", Fault::OurMisuse);
    for n in 0..=INPUT_WRITES_MAX {
        store.put("t", &n.to_be_bytes(), Vec::new());
    }
    check(&store.finish_input(true).unwrap_err(), "store-input-too-large", Fault::OurMisuse);
    put_and_commit(&mut store, b"k", vec![1]).unwrap();
}

#[test]
fn file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    put_and_commit(&mut store, b"k", vec![1]).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
}
