//! A party's thread: batches, deadlines, storage that fails.

use std::path::Path;

use tokio::task::JoinSet;

use counterfoil_node::actor::{self, Refusal};
use counterfoil_node::telemetry::{self, Telemetry};
use counterfoil_party::machine::Channel;
use counterfoil_store::sqlite::Settings;
use counterfoil_store::{Inspector, Store};

use crate::fixture::{Setup, run, start_actor};

fn check(setup: Setup, test: impl AsyncFnOnce(actor::Actor<crate::echo::Echo>, &Path)) {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let log = telemetry::Settings::in_folder(&folder.path().join("log"));
        let mut setup = setup;
        let actor = start_actor(&mut setup, folder.path(), &Telemetry::new("echo", log));
        test(actor, folder.path()).await;
    });
}

async fn ask(party: &actor::Handle<crate::echo::Echo>, text: &str) -> Result<String, Refusal> {
    let answer = party.request(Channel::Payment, "peer".into(), text.as_bytes().to_vec()).await?;
    Ok(String::from_utf8(answer).unwrap())
}

#[test]
fn answered_request_is_durable_and_journaled() {
    check(Setup::default(), async |actor, folder| {
        let party = actor.handle();
        assert_eq!(ask(&party, "echo hello").await.as_deref(), Ok("hello"));
        let inspector = Inspector::open(&folder.join("state.sqlite")).unwrap();
        assert!(inspector.record("echoed", b"hello").unwrap().is_some());
        assert_eq!(inspector.journal_after(0, 9).unwrap()[0].entry.body, b"echo hello");
        actor.stop().await;
        let log = std::fs::read_to_string(folder.join("log/echo.jsonl")).unwrap();
        assert!(log.contains("\"event\":\"text.echoed\",\"octets\":5}"), "{log}");
    });
}

#[test]
fn command_has_an_outcome() {
    check(Setup::default(), async |actor, _| {
        let outcome = actor.handle().command("status".into()).await;
        assert_eq!(outcome.as_deref(), Ok("done status"));
    });
}

#[test]
fn requests_of_many_tasks_are_all_answered() {
    check(Setup::default(), async |actor, folder| {
        let mut tasks = JoinSet::new();
        for n in 0..500 {
            let party = actor.handle();
            tasks.spawn(async move {
                let text = n.to_string();
                assert_eq!(ask(&party, &format!("echo {text}")).await, Ok(text));
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        actor.stop().await;
        let inspector = Inspector::open(&folder.join("state.sqlite")).unwrap();
        assert_eq!(inspector.tables().unwrap(), [("echoed".into(), 500)]);
    });
}

#[test]
fn party_may_answer_later() {
    check(Setup::default(), async |actor, _| {
        let party = actor.handle();
        let held = tokio::spawn({
            let party = party.clone();
            async move { ask(&party, "hold").await }
        });
        // The hold is queued before the release once the thread has seen it.
        while !held.is_finished() {
            ask(&party, "release").await.unwrap();
        }
        assert_eq!(held.await.unwrap().as_deref(), Ok("released"));
    });
}

#[test]
fn unanswerable_request_is_dropped() {
    check(Setup::default(), async |actor, _| {
        assert_eq!(ask(&actor.handle(), "garbage").await, Err(Refusal::Dropped));
    });
}

#[test]
fn deadline_comes_without_an_input() {
    check(Setup::default(), async |actor, _| {
        assert_eq!(ask(&actor.handle(), "alarm 30").await.as_deref(), Ok("rang"));
    });
}

#[test]
fn call_without_a_way_is_not_sent() {
    check(Setup::default(), async |actor, _| {
        assert_eq!(ask(&actor.handle(), "call peer x").await.as_deref(), Ok("not sent"));
    });
}

#[test]
fn requests_above_the_limit_of_waiting_are_refused() {
    let limits = actor::Settings { waiting_max: 2, ..actor::Settings::default() };
    check(Setup { actor: limits, ..Setup::default() }, async |actor, _| {
        let party = actor.handle();
        let mut held = JoinSet::new();
        for _ in 0..3 {
            let party = party.clone();
            held.spawn(async move { ask(&party, "hold").await });
        }
        assert_eq!(held.join_next().await.unwrap().unwrap(), Err(Refusal::Full));
        // Those that nobody waits for any more make room.
        held.shutdown().await;
        assert_eq!(ask(&party, "echo x").await.as_deref(), Ok("x"));
    });
}

#[test]
fn failure_of_storage_refuses_and_then_recovers() {
    check(Setup::default(), async |actor, folder| {
        let party = actor.handle();
        let held = tokio::spawn({
            let party = party.clone();
            async move { ask(&party, "hold").await }
        });
        while party.queued() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(&party, "fail").await, Err(Refusal::Unready));
        // What was open before is gone, as after a crash.
        let refused = match tokio::time::timeout(std::time::Duration::from_secs(5), held).await {
            Ok(held) => held.unwrap(),
            Err(_) => panic!("a request was left hanging"),
        };
        assert_eq!(refused, Err(Refusal::Unready));
        while ask(&party, "echo again").await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let inspector = Inspector::open(&folder.join("state.sqlite")).unwrap();
        assert_eq!(inspector.record("failed", b"k").unwrap(), None);
    });
}

#[test]
fn full_disk_is_the_reason_for_not_being_ready() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        let limits = Settings { bytes_max: Some(40 * 8_192), ..Settings::default() };
        let storage = Box::new(Store::open_with(&path, limits).unwrap());
        let mut setup = Setup { storage: Some(storage), ..Setup::default() };
        let telemetry = Telemetry::new("echo", telemetry::Settings::nowhere());
        let actor = start_actor(&mut setup, folder.path(), &telemetry);
        let party = actor.handle();
        assert_eq!(ask(&party, "large").await, Err(Refusal::Unready));
        while ask(&party, "echo small").await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(telemetry.registry().text().contains("event=\"party.storage_failed\""));
        assert!(party.is_ready() && party.reason().is_none());
    });
}

#[test]
fn reload_builds_the_party_anew_when_it_is_quiet() {
    check(Setup::default(), async |actor, folder| {
        let party = actor.handle();
        party.reload();
        while ask(&party, "echo x").await.is_err() {}
        actor.stop().await;
        let log = std::fs::read_to_string(folder.join("log/echo.jsonl")).unwrap();
        assert!(log.contains("\"event\":\"party.reloaded\""), "{log}");
    });
}

#[test]
fn stopping_finishes_what_is_queued_and_refuses_the_rest() {
    check(Setup::default(), async |actor, folder| {
        let party = actor.handle();
        let asked: Vec<_> = (0..20)
            .map(|n| {
                let party = party.clone();
                tokio::spawn(async move { ask(&party, &format!("echo {n}")).await.is_ok() })
            })
            .collect();
        actor.stop().await;
        let mut answered = 0;
        for asked in asked {
            answered += usize::from(asked.await.unwrap());
        }
        assert!(ask(&party, "echo late").await.is_err());
        let inspector = Inspector::open(&folder.join("state.sqlite")).unwrap();
        let stored = inspector.records("echoed", b"", None, 99).unwrap().len();
        assert_eq!(stored, answered, "what was stored was answered");
    });
}

#[test]
fn panicking_party_ends_its_thread_and_nobody_hangs() {
    check(Setup::default(), async |actor, _| {
        assert_eq!(ask(&actor.handle(), "panic").await, Err(Refusal::Stopping));
        actor.ended().await;
    });
}
