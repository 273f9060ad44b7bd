//! A deployment in memory: one founding for every seed, parties built from it at will.

use std::sync::Arc;

use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_crypto::token::TokenKey;
use counterfoil_message::primitive::{
    CardExpiry, CardNumber, CardSecret, ExNonce, PanData, PanSecret,
};
use counterfoil_party::amount::Amount;
use counterfoil_party::bank::{Bank, BankCommand, BankConfig, BankKeys, OpenAccount, Terms};
use counterfoil_party::bank_link::{BankLink, BankLinkConfig, Expiry};
use counterfoil_party::founding::{EndEntity, Founded, Plan};
use counterfoil_party::gateway::{Gateway, GatewaySettings};
use counterfoil_party::merchant::{BrandSetup, CaptureMode, Merchant, MerchantSettings};
use counterfoil_party::wallet::{Card, Wallet, WalletSettings};
use counterfoil_pki::extension::{MerNames, MerchantData};
use counterfoil_secret::{Pan, Secret};
use jiff::Timestamp;

use crate::chance::Chance;

/// When every simulation begins.
pub const START: &str = "2026-06-01T12:00:00Z";
/// Where the merchant's SET messages go.
pub const SET_URL: &str = "https://shop.example/set";
/// The cards of the simulated wallets: test numbers with right check digits.
pub const CARDS: [&str; 2] = ["4929123412341232", "4556120000000006"];

const BRAND: &str = "Visa";
const ACQUIRER: &str = "455612";
const MERCHANT: &str = "SHOP-1";
const LINK_KEY: [u8; 32] = [3; 32];

/// A founded deployment with its merchant and cardholders.
pub struct Deployment {
    founded: Founded,
    merchant: EndEntity,
    cards: Vec<Card>,
    start: Timestamp,
}

impl Deployment {
    /// Founds the deployment that every seed uses.
    pub fn found() -> Arc<Self> {
        let built = "invariant: the simulated deployment is made of fixed values that fit";
        let mut chance = Chance::new(0, "founding");
        let rng = chance.generator();
        let start: Timestamp = START.parse().expect(built);
        let plan = Plan {
            suite: &P256,
            provider: DETERMINISTIC,
            brand: BRAND.into(),
            country: "US".into(),
            institution: "First Bank".into(),
            gateway: format!("{ACQUIRER}:1"),
            card_cert_required: true,
            now: start,
        };
        let founded = plan.found(rng).expect(built);
        let merchant = plan.merchant(&founded.mca, &merchant_data(), rng).expect(built);
        let cards = CARDS
            .iter()
            .map(|number| {
                let card_secret = CardSecret::random(rng);
                let pan_data = PanData {
                    pan: CardNumber(Pan::parse(number).expect(built)),
                    card_expiry: CardExpiry::new("203012").expect(built),
                    pan_secret: PanSecret::random(rng),
                    ex_nonce: ExNonce::random(rng),
                };
                let holder = plan.cardholder(&founded.cca, &pan_data, rng).expect(built);
                Card {
                    name: "card".into(),
                    pan: Pan::parse(number).expect(built),
                    expiry: pan_data.card_expiry.clone(),
                    card_secret,
                    pan_secret: pan_data.pan_secret.clone(),
                    identity: holder.identity().expect(built),
                }
            })
            .collect();
        Arc::new(Self { founded, merchant, cards, start })
    }

    /// Hierarchy, gateway, CRLs and BCI.
    pub fn founded(&self) -> &Founded {
        &self.founded
    }

    /// The merchant's keys and certificates.
    pub fn merchant_entity(&self) -> &EndEntity {
        &self.merchant
    }

    /// The cardholders' cards with their certificates.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// When it begins.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The wallet of card number `place`.
    pub fn wallet(&self, place: usize) -> Wallet {
        let trust = self.founded.trust(self.start).expect("invariant: founded, so it verifies");
        let cards = vec![self.cards[place].clone()];
        Wallet::new(WalletSettings::default(), cards, trust)
            .expect("invariant: the cards were certified by this deployment")
    }

    /// The merchant, with a way to capture.
    pub fn merchant(&self, capture: CaptureMode) -> Merchant {
        let built = "invariant: the merchant was certified by this deployment";
        let gateway = self.founded.gateway.exchange.as_ref().expect(built).certificate.clone();
        let mut gateway_certificates = vec![gateway];
        gateway_certificates.extend(self.founded.gateway.chain.iter().cloned());
        let brand =
            BrandSetup { identity: self.merchant.identity().expect(built), gateway_certificates };
        let mut settings = MerchantSettings::new(SET_URL);
        settings.capture = capture;
        let trust = self.founded.trust(self.start).expect(built);
        Merchant::new(settings, vec![brand], trust).expect(built)
    }

    /// The gateway.
    pub fn gateway(&self) -> Gateway {
        let built = "invariant: the gateway was founded with this deployment";
        let identity = self.founded.gateway.identity().expect(built);
        let exchange = identity.exchange.clone().expect(built);
        let settings: GatewaySettings = serde_json::from_value(serde_json::json!({
            "brand": BRAND,
            "bank": {"dialect": "ascii1987", "acquirer": ACQUIRER, "mac": "aes-cmac"},
            "echo_ms": 600_000,
        }))
        .expect(built);
        let link: BankLinkConfig = settings.bank.clone();
        let link = BankLink::new(&link, &Secret::new(LINK_KEY.to_vec())).expect(built);
        let token_key = TokenKey::from_parts([1; 8], Secret::new([9; 32]));
        let trust = self.founded.trust(self.start).expect(built);
        Gateway::new(settings, identity, exchange, trust, link, token_key)
    }

    /// The bank.
    pub fn bank(&self) -> Bank {
        let built = "invariant: the simulated bank's settings are fixed values that fit";
        let config: BankConfig = serde_json::from_value(serde_json::json!({
            "links": [{"acquirer": ACQUIRER}],
            "merchants": [{"id": MERCHANT}],
            "currencies": ["USD"],
        }))
        .expect(built);
        let keys = BankKeys {
            storage: Secret::new(vec![4; 32]),
            links: [(ACQUIRER.to_owned(), Secret::new(LINK_KEY.to_vec()))].into(),
        };
        Bank::new(&config, keys).expect(built)
    }

    /// The commands that open the cards' accounts at the bank.
    pub fn accounts(&self) -> Vec<BankCommand> {
        let built = "invariant: the simulated accounts are fixed values that fit";
        CARDS
            .iter()
            .map(|number| {
                BankCommand::OpenAccount(OpenAccount {
                    pan: Pan::parse(number).expect(built),
                    expiry: Expiry::parse("203012").expect(built),
                    deposit: Amount::parse("500.00 USD").expect(built),
                    terms: Terms::default(),
                })
            })
            .collect()
    }
}

fn merchant_data() -> MerchantData {
    MerchantData {
        mer_id: MERCHANT.into(),
        mer_acquirer_bin: ACQUIRER.into(),
        mer_names: vec![MerNames {
            name: "Bookshop".into(),
            city: "Springfield".into(),
            country_name: "US".into(),
            ..MerNames::default()
        }],
        mer_country: 840,
        mer_auth_flag: false,
    }
}
