//! The bank's side: messages to the party, answers in the order in which they are ready.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use counterfoil_iso8583::frame::{Deframer, frame};
use counterfoil_party::event::Event;
use counterfoil_party::machine::{Channel, Party};

use super::IN_FLIGHT_MAX;
use crate::actor::{Handle, Refusal};
use crate::metrics::Counter;
use crate::server::{Limits, Protocol, Stop, Visit};
use crate::telemetry::Telemetry;

/// Octets that are read at once.
const READ_BYTES: usize = 8 * 1024;

/// Hands ISO 8583 messages to a bank.
pub struct BankService<P: Party> {
    party: Handle<P>,
    limits: Limits,
    telemetry: Telemetry,
    unanswered: Arc<Counter>,
}

impl<P: Party> fmt::Debug for BankService<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BankService").field("party", &self.party).finish_non_exhaustive()
    }
}

impl<P: Party> BankService<P> {
    /// A service in front of `party`. Of the limits it keeps `head_ms_max` (time for a message
    /// from its first octet), `idle_ms_max`, `write_ms_max` and `answer_ms_max`.
    pub fn new(party: Handle<P>, limits: Limits, telemetry: Telemetry) -> Self {
        let unanswered = telemetry.registry().counter(
            "counterfoil_bank_messages_unanswered_total",
            "Messages left without an answer because too much was waiting.",
            &[],
        );
        Self { party, limits, telemetry, unanswered }
    }
}

/// Messages of one connection.
struct Conversation<S> {
    stream: S,
    deframer: Deframer,
    answers: JoinSet<Result<Vec<u8>, Refusal>>,
    /// When the next octet, or the rest of a message, must be here.
    deadline: Instant,
}

impl<P: Party + 'static> Protocol for BankService<P> {
    async fn drive<T>(&self, stream: T, visit: Visit, mut stop: Stop)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let address = visit.address;
        let mut conversation = Conversation {
            stream,
            deframer: Deframer::new(),
            answers: JoinSet::new(),
            deadline: Instant::now() + Duration::from_millis(self.limits.idle_ms_max),
        };
        let mut octets = vec![0; READ_BYTES];
        let mut is_stopping = false;
        let cause = loop {
            let is_open = !is_stopping && conversation.answers.len() < IN_FLIGHT_MAX;
            tokio::select! {
                biased;
                () = stop.told(), if !is_stopping => is_stopping = true,
                Some(answer) = conversation.answers.join_next() => {
                    let answer = answer.unwrap_or(Err(Refusal::Stopping));
                    if let Err(cause) = self.write(&mut conversation, answer).await {
                        break cause;
                    }
                }
                read = conversation.stream.read(&mut octets), if is_open => {
                    let taken = match read {
                        Ok(0) => Err(None),
                        Ok(count) => {
                            visit.used();
                            self.take(&mut conversation, &octets[..count], address)
                        }
                        Err(_) => Err(None),
                    };
                    if let Err(cause) = taken {
                        break cause;
                    }
                }
                () = sleep_until(conversation.deadline), if is_open => {
                    break (!conversation.deframer.is_between_messages())
                        .then_some("a message did not end in time");
                }
            }
            if is_stopping && conversation.answers.is_empty() {
                break None;
            }
        };
        if let Some(cause) = cause {
            let event = Event::warning("bank_link.connection_refused")
                .with("peer", address.to_string())
                .with("cause", cause);
            self.telemetry.tell(&event);
        }
    }
}

/// Why a connection is closed; `None` for the ordinary end.
type Cause = Option<&'static str>;

impl<P: Party + 'static> BankService<P> {
    fn take<S>(
        &self,
        conversation: &mut Conversation<S>,
        mut octets: &[u8],
        address: SocketAddr,
    ) -> Result<(), Cause> {
        let was_between = conversation.deframer.is_between_messages();
        let mut has_message = false;
        while !octets.is_empty() {
            let message = match conversation.deframer.take(&mut octets) {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(_) => return Err(Some("the length before a message is not one")),
            };
            has_message = true;
            let party = self.party.clone();
            let peer = address.to_string();
            let limit = Duration::from_millis(self.limits.answer_ms_max);
            conversation.answers.spawn(async move {
                let answer = party.request(Channel::Bank, peer, message);
                timeout(limit, answer).await.unwrap_or(Err(Refusal::Full))
            });
        }
        let is_between = conversation.deframer.is_between_messages();
        if is_between {
            let limit = Duration::from_millis(self.limits.idle_ms_max);
            conversation.deadline = Instant::now() + limit;
        } else if was_between || has_message {
            let limit = Duration::from_millis(self.limits.head_ms_max);
            conversation.deadline = Instant::now() + limit;
        }
        Ok(())
    }

    async fn write<S>(
        &self,
        conversation: &mut Conversation<S>,
        answer: Result<Vec<u8>, Refusal>,
    ) -> Result<(), Cause>
    where
        S: AsyncWrite + Unpin,
    {
        let mut octets = self.framed(answer)?;
        while let Some(answer) = conversation.answers.try_join_next() {
            octets.extend(self.framed(answer.unwrap_or(Err(Refusal::Stopping)))?);
        }
        let limit = Duration::from_millis(self.limits.write_ms_max);
        let written = timeout(limit, async {
            conversation.stream.write_all(&octets).await?;
            conversation.stream.flush().await
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some("the peer does not take its answers")),
        }
    }

    /// The octets of an answer; none for a message that stays unanswered, so that the gateway
    /// asks again or reverses.
    fn framed(&self, answer: Result<Vec<u8>, Refusal>) -> Result<Vec<u8>, Cause> {
        match answer {
            Ok(message) => frame(&message).map_err(|_| Some("the answer does not fit the link")),
            Err(Refusal::Full) => {
                self.unanswered.increment();
                Ok(Vec::new())
            }
            Err(Refusal::Dropped) => Err(Some("the message is not one that can be answered")),
            Err(Refusal::Unready | Refusal::Stopping) => Err(Some("the party is not ready")),
        }
    }
}
