//! A party that does what the message says.
//!
//! `echo X` answers X and records it; `hold` answers when `release` comes; `drop` is left
//! unanswered; `call NAME X` asks an endpoint and answers what came of it; `fail` pretends that
//! storage failed; `large` writes a megabyte; `alarm` answers when its alarm has come; `panic`
//! breaks an invariant.

use std::collections::BTreeMap;

use counterfoil_party::event::Event;
use counterfoil_party::machine::{
    CallFailure, CallId, Channel, Destination, Env, Input, Output, Party, ReplyTo, Role,
};
use counterfoil_party::records::{Direction, JournalEntry, RecordsError};

/// Milliseconds that `call` waits.
pub(crate) const CALL_MS: u64 = 2_000;

#[derive(Default)]
pub(crate) struct Echo {
    held: Vec<ReplyTo>,
    alarmed: Vec<ReplyTo>,
    calls: BTreeMap<CallId, ReplyTo>,
    calls_made: u64,
}

type Outputs = Vec<Output<String>>;

impl Party for Echo {
    type Command = String;
    type Outcome = String;

    fn role(&self) -> Role {
        Role::Gateway
    }

    fn handle(&mut self, input: Input<String>, env: &mut Env<'_>) -> Result<Outputs, RecordsError> {
        match input {
            Input::Request { reply_to, channel, peer, body } => {
                env.records.journal(JournalEntry {
                    at: env.now,
                    direction: Direction::Received,
                    message: format!("{channel:?}"),
                    xid: None,
                    rrpid: None,
                    peer,
                    body: body.clone(),
                });
                self.obey(reply_to, &String::from_utf8_lossy(&body), env)
            }
            Input::Command { reply_to, command } => {
                let outcome = format!("done {command}");
                env.records.put("command", command.as_bytes(), b"1".to_vec());
                Ok(vec![Output::Outcome { reply_to, outcome }])
            }
            Input::Answer { call, result } => {
                let Some(reply_to) = self.calls.remove(&call) else { return Ok(Vec::new()) };
                let body = match result {
                    Ok(body) => [b"answer ", body.as_slice()].concat(),
                    Err(CallFailure::NotSent) => b"not sent".to_vec(),
                    Err(CallFailure::NoAnswer) => b"no answer".to_vec(),
                    Err(CallFailure::Busy) => b"busy".to_vec(),
                };
                Ok(vec![Output::Reply { reply_to, body }])
            }
            Input::Deadline => {
                for (_, key) in env.records.due(env.now, 10)? {
                    env.records.set_alarm("alarm", &key, None);
                }
                let rang = self.alarmed.drain(..);
                Ok(rang.map(|reply_to| reply(reply_to, "rang")).collect())
            }
        }
    }
}

fn reply(reply_to: ReplyTo, text: &str) -> Output<String> {
    Output::Reply { reply_to, body: text.as_bytes().to_vec() }
}

impl Echo {
    fn obey(
        &mut self,
        reply_to: ReplyTo,
        text: &str,
        env: &mut Env<'_>,
    ) -> Result<Outputs, RecordsError> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            "echo" => {
                env.records.put("echoed", rest.as_bytes(), b"1".to_vec());
                let event = Event::info("text.echoed").with("octets", rest.len());
                Ok(vec![Output::Event(event), reply(reply_to, rest)])
            }
            "hold" => {
                self.held.push(reply_to);
                Ok(Vec::new())
            }
            "release" => {
                let mut held = std::mem::take(&mut self.held);
                held.push(reply_to);
                Ok(held.into_iter().map(|reply_to| reply(reply_to, "released")).collect())
            }
            "call" => {
                let (name, body) = rest.split_once(' ').unwrap();
                self.calls_made += 1;
                let call = CallId(self.calls_made);
                self.calls.insert(call, reply_to);
                let to = match name.starts_with("https") {
                    true => Destination::Url(name.into()),
                    false => Destination::Endpoint(name.into()),
                };
                let channel = if name == "bank" { Channel::Bank } else { Channel::Payment };
                let body = body.as_bytes().to_vec();
                Ok(vec![Output::Call { call, to, channel, body, timeout_ms: CALL_MS }])
            }
            "alarm" => {
                let at = env.now + std::time::Duration::from_millis(rest.parse().unwrap());
                env.records.set_alarm("alarm", b"k", Some(at));
                self.alarmed.push(reply_to);
                Ok(Vec::new())
            }
            "large" => {
                env.records.put("large", b"k", vec![0; 1_000_000]);
                Ok(vec![reply(reply_to, "stored")])
            }
            "fail" => {
                env.records.put("failed", b"k", b"1".to_vec());
                Err(RecordsError { attempt: "read".into(), cause: "as told".into() })
            }
            "panic" => panic!("as told"),
            _ => Ok(vec![Output::Drop { reply_to }]),
        }
    }
}
