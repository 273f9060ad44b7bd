//! Random operations, lost answers, repeats and restarts: the books agree after every one, and
//! with a model that knows only what was approved.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rand_core::Rng as _;

use super::*;

const SEEDS: u64 = 32;
const STEPS: usize = 150;

struct Walk {
    world: World,
    dice: ChaCha20Rng,
    sent: Vec<BankRequest>,
    originals: Vec<Original>,
    /// What captures and sales moved to the merchant, less what was reversed, by their stamp.
    paid: BTreeMap<u32, u64>,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut world =
            World::with_dialect(if seed.is_multiple_of(2) { "ascii1987" } else { "binary" });
        world.command(BankCommand::UnblockCard { pan: pan(PAN) });
        Self {
            world,
            dice: ChaCha20Rng::seed_from_u64(seed),
            sent: Vec::new(),
            originals: Vec::new(),
            paid: BTreeMap::new(),
        }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.dice.next_u32() as usize % sides
    }

    fn some_original(&mut self) -> Option<Original> {
        let count = self.originals.len();
        if count == 0 {
            return None;
        }
        let place = self.roll(count);
        Some(self.originals[place].clone())
    }

    fn step(&mut self) {
        match self.roll(12) {
            0..=2 => self.buy(Operation::Authorize),
            3 => self.buy(Operation::Sale),
            4..=5 => self.capture(),
            6..=7 => self.reverse(),
            8 => self.send_again(),
            9 => {
                let hours = self.roll(10) as i64;
                self.world.now += SignedDuration::from_hours(hours);
                self.world.run(Input::Deadline);
            }
            10 => self.world.bank = Bank::new(&self.world.config, keys()).unwrap(),
            _ => self.lose(),
        }
        check_books(&self.world.records).unwrap();
        let paid: u64 = self.paid.values().sum();
        let merchant: i64 = self
            .world
            .books()
            .accounts
            .iter()
            .filter(|account| account.kind == "merchant")
            .map(|account| account.balance_minor)
            .sum();
        assert_eq!(u64::try_from(merchant), Ok(paid));
    }

    fn random_purchase(&mut self) -> Purchase {
        let xid = [self.roll(8) as u8; 20];
        Purchase { xid, ..purchase(1 + self.roll(30_000) as u64) }
    }

    fn buy(&mut self, operation: fn(Purchase) -> Operation) {
        let purchase = self.random_purchase();
        let request = self.world.stamped(operation(purchase));
        self.ask(request);
    }

    fn capture(&mut self) {
        let Some(original) = self.some_original() else { return };
        let amount_minor = self.roll(2 + original.amount.minor as usize) as u64;
        let request = self.world.stamped(Operation::Capture { original, amount_minor });
        self.ask(request);
    }

    fn reverse(&mut self) {
        let Some(original) = self.some_original() else { return };
        let whole = self.roll(2) == 0;
        let part = self.roll(2 + original.amount.minor as usize) as u64;
        let remaining_minor = if whole { 0 } else { part };
        let request = self.world.stamped(Operation::Reverse { original, remaining_minor });
        self.ask(request);
    }

    /// A purchase whose message is lost on the way and then reversed, and may arrive after all.
    fn lose(&mut self) {
        let purchase = self.random_purchase();
        let lost = self.world.stamped(Operation::Authorize(purchase));
        let original = lost.as_original(None).unwrap();
        let reversal = self.world.stamped(Operation::Reverse { original, remaining_minor: 0 });
        assert!(self.world.ask(&reversal).settles_reversal());
        if self.roll(2) == 0 {
            assert!(!self.world.ask(&lost).is_approved());
        }
    }

    fn send_again(&mut self) {
        if self.sent.is_empty() {
            return;
        }
        let count = self.sent.len();
        let place = self.roll(count);
        let request = self.sent[place].clone();
        let before = self.world.position();
        let repeat = self.roll(2) == 0;
        let octets = self.world.link.message(&request, Some(&card()), repeat).unwrap();
        self.world.ask_octets(&request, &octets);
        assert_eq!(self.world.position(), before, "a repeat changes nothing");
    }

    fn ask(&mut self, request: BankRequest) {
        let answer = self.world.ask(&request);
        self.sent.push(request.clone());
        if !answer.is_approved() {
            return;
        }
        let stan = request.stamp.stan;
        match &request.operation {
            Operation::Sale(purchase) => {
                self.paid.insert(stan, purchase.amount.minor);
            }
            Operation::Capture { amount_minor, .. } => {
                self.paid.insert(stan, *amount_minor);
            }
            Operation::Reverse { original, remaining_minor } => {
                if let Some(paid) = self.paid.get_mut(&original.stamp.stan) {
                    assert!(remaining_minor <= paid);
                    *paid = *remaining_minor;
                }
            }
            Operation::Authorize(_) | Operation::Network(_) => {}
        }
        self.originals.extend(request.as_original(Some(&answer)));
    }
}

#[test]
fn money_is_conserved_whatever_happens() {
    for seed in 0..SEEDS {
        let mut walk = Walk::new(seed);
        for step in 0..STEPS {
            let walk = std::panic::AssertUnwindSafe(&mut walk);
            let outcome = std::panic::catch_unwind(|| {
                let walk = walk;
                walk.0.step();
            });
            assert!(outcome.is_ok(), "seed {seed} step {step}");
        }
    }
}

#[test]
fn the_same_seed_leaves_the_same_records() {
    let walked = || {
        let mut walk = Walk::new(7);
        (0..STEPS).for_each(|_| walk.step());
        let rows: Vec<_> = walk
            .world
            .records
            .rows()
            .map(|(table, key, value)| (table, key.to_vec(), value.to_vec()))
            .collect();
        (rows, walk.world.records.journal_entries().to_vec())
    };
    assert!(walked() == walked());
}
