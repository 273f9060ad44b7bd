//! Commands given wrong input: what they say, how they exit, and that nothing is half-written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// First of the ports of deployments that are made here and never started.
const BASE_PORT: &str = "11400";

/// A folder in which commands are tried.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a deployment in `d`.
    fn with_deployment() -> Self {
        let place = Self::new();
        let said = place.run("init --data d --with-test-cards --base-port 11400");
        assert!(said.starts_with("exit 0\n"), "{said}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &str) -> String {
        self.run_with(arguments, &[])
    }

    /// Exit status and what was printed, without the name of the temporary folder.
    fn run_with(&self, arguments: &str, environment: &[(&str, &str)]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
            .args(arguments.split_whitespace())
            .envs(environment.iter().copied())
            .env_remove("COUNTERFOIL_SUPERVISOR")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let status = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim_end().to_owned();
        let said = [text(&output.stdout), text(&output.stderr)];
        let said = said.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
        let folder = self.folder.path().display().to_string();
        format!("exit {status}\n{}", said.join("\n")).replace(&format!("{folder}/"), "")
    }

    /// Every file with its octets.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut todo = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = todo.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    todo.push(path);
                } else {
                    files.insert(path.clone(), std::fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{from} is not in {name}");
        self.write(name, &text.replacen(from, to, 1));
    }
}

/// Runs a command in an empty folder: it must refuse so, and write nothing.
#[track_caller]
fn check(arguments: &str, expect: &str) {
    check_in(&Place::new(), arguments, expect);
}

/// Runs a command: its exit status and the beginnings of its lines must be these, and every file
/// must be as before.
#[track_caller]
fn check_in(place: &Place, arguments: &str, expect: &str) {
    let before = place.files();
    let said = place.run(arguments);
    same(&said, expect, arguments);
    assert!(place.files() == before, "files have changed: {arguments}");
}

/// Each expected line is the beginning of one that was said; ` hint: ` alone demands some hint.
#[track_caller]
fn same(said: &str, expect: &str, what: &str) {
    let fits = said.lines().zip(expect.lines()).all(|(said, expect)| said.starts_with(expect));
    let enough = said.lines().count() == expect.lines().count();
    assert!(fits && enough, "{what}\n--- said\n{said}\n--- not\n{expect}");
}

/// Spoils one file of a deployment and serves the party that reads it.
#[track_caller]
fn spoiled(party: &str, spoil: impl Fn(&Place), expect: &str) {
    let place = Place::with_deployment();
    spoil(&place);
    check_in(&place, &format!("serve {party} --data d"), expect);
}

#[test]
fn wrong_usage_is_told_in_one_sentence() {
    check(
        "buy",
        "exit 2\nerror[usage]: unrecognized subcommand 'buy'\n hint: run 'counterfoil --help'",
    );
    check(
        "init",
        "exit 2\nerror[usage]: the following required arguments were not provided\n hint: ",
    );
    check("init --data d --base-port x", "exit 2\nerror[usage]: invalid value 'x'\n hint: ");
    check("pay --data d", "exit 2\nerror[usage]: the following required\n hint: ");
    check(
        "order create --data d --description x",
        "exit 2\nerror[usage]: the following required arguments were not provided: --amount \
         <AMOUNT>\n hint: ",
    );
    check("evidence verify --trust", "exit 2\nerror[usage]: a value is required\n hint: ");
    check("sim --seeds 0", "exit 2\nerror[seeds-out-of-range]: 0 is\n hint: give --seeds");
    check("status --data d --nonsense", "exit 2\nerror[usage]: unexpected argument\n hint: ");
}

#[test]
fn no_command_at_all_shows_the_commands() {
    let said = Place::new().run("");
    assert!(said.starts_with("exit 2\n") && said.contains("\n  init "), "{said}");
    assert!(!said.contains("error["), "{said}");
}

#[test]
fn files_that_are_none_are_refused_at_once() {
    let place = Place::with_deployment();
    let trust = "--trust d/wallet/trust/root.pem";
    for file in ["d", "/dev/zero"] {
        check_in(
            &place,
            &format!("evidence verify {file} {trust}"),
            &format!("exit 2\nerror[file-not-regular]: {file} is not a regular file\n hint: put"),
        );
    }
    check_in(
        &place,
        "evidence verify none --trust none",
        "exit 2\nerror[file-missing]: none does not exist\n hint: check the path;",
    );
    check_in(
        &place,
        "demo --data d",
        "exit 2\nerror[folder-not-empty]: d exists and is not empty\n hint: name another",
    );
}

#[test]
fn help_names_every_command() {
    let said = Place::new().run("--help");
    assert!(said.starts_with("exit 0\n"), "{said}");
    for name in ["init", "up", "serve", "status", "reload", "register", "order", "pay", "wallet"] {
        assert!(said.contains(&format!("\n  {name} ")), "{name} not in\n{said}");
    }
}

#[test]
fn init_refuses_what_cannot_be_and_leaves_nothing() {
    check("init --data d --suite des", "exit 2\nerror[suite-unknown]: \n hint: ");
    check(
        "init --data d --country usa",
        "exit 2\nerror[plan-impossible]: the deployment cannot be made: `usa` is not\n hint: ",
    );
    check("init --data d --currency XXL", "exit 2\nerror[currency-unknown]: \n hint: ");
    check(
        "init --data d --base-port 80",
        "exit 2\nerror[plan-impossible]: the deployment cannot be made: there are not enough \
         ports from 80 on\n hint: give a port between 1024",
    );
    check("init --data d --merchant-id A2345678901234567890", "exit 2\nerror[\n hint: ");
    for (option, name) in [("brand", 41), ("institution", 65), ("merchant-name", 26)] {
        let name = "n".repeat(name);
        check(
            &format!("init --data d --{option} {name}"),
            "exit 2\nerror[plan-impossible]: the deployment cannot be made: `nnn\n hint: give 1 to",
        );
    }
}

#[test]
fn init_touches_no_folder_that_holds_something() {
    let place = Place::new();
    std::fs::create_dir(place.path("d")).unwrap();
    place.write("d/precious", "x");
    check_in(
        &place,
        "init --data d",
        "exit 2\nerror[folder-not-empty]: d exists and is not empty\n hint: name another folder",
    );
    check_in(&place, "init --data d/precious", "exit 3\nerror[file-unwritable]: \n hint: ");
}

#[test]
fn init_takes_an_empty_folder_and_masks_test_cards() {
    let place = Place::new();
    std::fs::create_dir(place.path("d")).unwrap();
    let said = place.run(&format!("init --data d --with-test-cards --base-port {BASE_PORT}"));
    assert!(said.starts_with("exit 0\nmade a deployment of brand Meridian in d"), "{said}");
    let cards = std::fs::read_to_string(place.path("d/wallet/cards.toml")).unwrap();
    let numbers: Vec<&str> = cards
        .lines()
        .filter_map(|line| line.strip_prefix("number = \"")?.strip_suffix('"'))
        .collect();
    assert_eq!(numbers.len(), 4);
    for number in numbers {
        assert!(!said.contains(number));
        assert!(said.contains(&format!("{}******{}", &number[..6], &number[12..])), "{said}");
        let holders = place.files();
        let holders = holders.iter().filter(|(_, octets)| contains(octets, number.as_bytes()));
        let holders: Vec<_> = holders.map(|(path, _)| path.file_name().unwrap()).collect();
        assert_eq!(holders, ["cards.toml"]);
    }
    let left: Vec<_> = std::fs::read_dir(place.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "something is left beside the deployment");
}

#[test]
fn secrets_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_deployment();
    for path in place.files().keys() {
        let name = path.file_name().unwrap().to_string_lossy();
        let is_key = path.parent().unwrap().ends_with("keys");
        if is_key || ["api-token", "cards.toml", "registration.toml"].contains(&&*name) {
            let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn commands_ask_for_a_deployment() {
    for command in ["up", "status", "reload", "serve gateway", "register cardholder"] {
        check(
            &format!("{command} --data d"),
            "exit 2\nerror[no-deployment]: d is not the folder of a deployment\n hint: make one \
             with `counterfoil init --data d`",
        );
    }
    check("wallet purchases --data d", "exit 2\nerror[no-deployment]: \n hint: ");
    check("order list --data d", "exit 2\nerror[no-deployment]: \n hint: ");
    check("pay --data d --url http://127.0.0.1:1/", "exit 2\nerror[no-deployment]: \n hint: ");
}

#[test]
fn only_parties_of_the_deployment_are_served() {
    let place = Place::with_deployment();
    check_in(
        &place,
        "serve shop --data d",
        "exit 2\nerror[party-unknown]: d/counterfoil.toml names no party `shop`\n hint: use one of: \
         root-ca, brand-ca, cca, mca, pca, bank, gateway, merchant",
    );
    check_in(&place, "serve wallet --data d", "exit 2\nerror[party-unknown]: \n hint: ");
    check_in(&place, "serve ../d --data d", "exit 2\nerror[party-unknown]: \n hint: ");
    check_in(
        &place,
        "serve merchant --data d",
        "exit 2\nerror[not-registered]: merchant has no certificates yet: \
         d/merchant/certs/signature.pem is missing\n hint: run `counterfoil register merchant`",
    );
}

#[test]
fn settings_are_refused_by_line_and_key() {
    spoiled(
        "gateway",
        |place| place.edit("d/gateway/config.toml", "[party]\n", "[party]\ncolour = 1\n"),
        "exit 2\nerror[config-invalid]: d/gateway/config.toml line 15: `party.colour`: unknown \
         field\n hint: correct line 15",
    );
    spoiled(
        "gateway",
        |place| place.edit("d/gateway/config.toml", "aes-cmac", "retail"),
        "exit 2\nerror[\n hint: ",
    );
    spoiled(
        "bank",
        |place| place.edit("d/bank/config.toml", "\"USD\"", "\"USX\""),
        "exit 2\nerror[bank-currency-unknown]: \n hint: write the three letters",
    );
    spoiled(
        "cca",
        |place| place.edit("d/cca/config.toml", "kind = \"cca\"", "kind = \"mca\""),
        "exit 2\nerror[ca-config-invalid]: \n hint: ",
    );
    spoiled(
        "cca",
        |place| place.write("d/counterfoil.toml", "party = 7"),
        "exit 2\nerror[config-invalid]: d/counterfoil.toml line 1: `party`: \n hint: ",
    );
    spoiled(
        "cca",
        |place| place.edit("d/counterfoil.toml", "name = \"cca\"", "name = \"../cca\""),
        "exit 2\nerror[config-invalid]: d/counterfoil.toml line \n hint: ",
    );
}

#[test]
fn keys_are_refused_with_nothing_of_them_shown() {
    let garbage = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let key = "d/gateway/keys/signature.pem";
    spoiled(
        "gateway",
        |place| place.write(key, garbage),
        "exit 2\nerror[key-malformed]: d/gateway/keys/signature.pem is not usable: \n hint: ",
    );
    spoiled(
        "gateway",
        |place| place.write(key, ""),
        "exit 2\nerror[key-malformed]: d/gateway/keys/signature.pem is not usable: \n hint: ",
    );
    spoiled(
        "gateway",
        |place| {
            std::fs::copy(place.path("d/pca/keys/signature.pem"), place.path(key)).unwrap();
        },
        "exit 2\nerror[file-malformed]: d/gateway/keys/signature.pem is not usable: it does not \
         belong to the certificate in d/gateway/certs/signature.pem\n hint: put the key",
    );
    spoiled(
        "gateway",
        |place| std::fs::remove_file(place.path(key)).unwrap(),
        "exit 2\nerror[file-missing]: d/gateway/keys/signature.pem does not exist\n hint: ",
    );
    spoiled(
        "gateway",
        |place| place.write("d/gateway/keys/tokens.pem", garbage),
        "exit 2\nerror[key-malformed]: d/gateway/keys/tokens.pem is not usable: \n hint: ",
    );
    spoiled(
        "bank",
        |place| place.edit("d/bank/keys/storage.pem", "SYMMETRIC", "OTHER"),
        "exit 2\nerror[file-malformed]: d/bank/keys/storage.pem is not usable: it does not begin \
         as such a key\n hint: restore d/bank/keys/storage.pem from a copy",
    );
}

#[test]
fn key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    spoiled(
        "pca",
        |place| {
            let path = place.path("d/pca/keys/issuing.pem");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
        },
        "exit 2\nerror[key-exposed]: the private key d/pca/keys/issuing.pem can be read by others \
         (mode 0644)\n hint: run `chmod 600 d/pca/keys/issuing.pem`",
    );
}

#[test]
fn certificates_and_lists_are_refused_by_file() {
    let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    for (party, file) in [
        ("gateway", "d/gateway/certs/signature.pem"),
        ("gateway", "d/gateway/trust/root.pem"),
        ("gateway", "d/gateway/crls/pca.pem"),
        ("gateway", "d/gateway/crls/bci.pem"),
        ("gateway", "d/gateway/certs/tls.pem"),
        ("gateway", "d/gateway/trust/tls-ca.pem"),
        ("cca", "d/cca/certs/issuing.pem"),
        ("cca", "d/cca/certs/tls.pem"),
    ] {
        for text in ["", "nonsense", empty] {
            // What TLS says of its files names them in its own words.
            let is_tls = file.contains("tls");
            let said = if is_tls { file.to_owned() } else { format!(" {file} is not usable: ") };
            let place = Place::with_deployment();
            place.write(file, text);
            let before = place.files();
            let out = place.run(&format!("serve {party} --data d"));
            assert!(out.starts_with("exit 2\nerror["), "{file} {text}\n{out}");
            assert!(out.contains(&said) && out.contains("\n hint: "), "{file} {text}\n{out}");
            assert!(place.files() == before, "files have changed: {file} {text}");
        }
    }
}

#[test]
fn token_of_an_api_is_refused_when_it_is_short() {
    spoiled(
        "bank",
        |place| place.write("d/bank/api-token", "short\n"),
        "exit 2\nerror[file-malformed]: d/bank/api-token is not usable: \n hint: write one with",
    );
}

#[test]
fn passphrase_comes_from_file_or_environment_and_is_never_empty() {
    let place = Place::with_deployment();
    let register = "register cardholder --data d";
    check_in(
        &place,
        register,
        "exit 2\nerror[passphrase-missing]: \n hint: give --passphrase-file FILE, or set \
         COUNTERFOIL_PASSPHRASE",
    );
    let said = place.run_with(register, &[("COUNTERFOIL_PASSPHRASE", "")]);
    same(&said, "exit 2\nerror[passphrase-empty]: \n hint: ", register);
    place.write("words", "correct horse\n");
    check_in(
        &place,
        &format!("{register} --passphrase-file words"),
        "exit 2\nerror[key-exposed]: \n hint: run `chmod 600 words`",
    );
    check_in(
        &place,
        &format!("{register} --passphrase-file none"),
        "exit 2\nerror[file-missing]: none does not exist\n hint: ",
    );
}

#[test]
fn registration_asks_for_a_card_that_is_there() {
    let place = Place::with_deployment();
    let words = [("COUNTERFOIL_PASSPHRASE", "correct horse")];
    let unknown = "register cardholder --data d --card gold";
    same(
        &place.run_with(unknown, &words),
        "exit 2\nerror[card-unknown]: there is no card `gold` in cards.toml\n hint: name one of \
         card-1, card-2, card-3, card-4",
        unknown,
    );
    place.edit("d/wallet/cards.toml", "number = \"990001", "number = \"990002");
    let wrong = "register cardholder --data d --card card-1";
    let said = place.run_with(wrong, &words);
    same(
        &said,
        "exit 2\nerror[file-malformed]: d/wallet/cards.toml is not usable: card `card-1`: the \
         check digit\n hint: compare number and expiry",
        wrong,
    );
    place.write("d/wallet/cards.toml", "number = \"9900010000000000\"");
    let said = place.run_with(wrong, &words);
    same(&said, "exit 2\nerror[file-malformed]: \n hint: ", wrong);
    assert!(!said.contains("9900010000000000"), "{said}");
}

#[test]
fn a_ca_that_does_not_run_is_told() {
    let place = Place::with_deployment();
    let said = place.run("register merchant --data d");
    same(&said, "exit 3\nerror[ca-unreachable]: the CA cannot be asked: \n hint: start the CA", "");
    assert!(!place.path("d/merchant/certs/signature.pem").exists());
    assert!(!place.path("d/merchant/keys/signature.pem").exists());
}

#[test]
fn orders_and_payments_need_parties_that_run() {
    let place = Place::with_deployment();
    let down = "exit 3\nerror[party-unreachable]: 127.0.0.1:11415 does not answer\n hint: start";
    check_in(&place, "order list --data d", down);
    check_in(&place, "order create --data d --description book --amount 5", down);
    check_in(
        &place,
        "order status one --data d",
        "exit 2\nerror[order-unknown]: `one` is not the number of an order\n hint: ",
    );
    check_in(
        &place,
        "pay --data d --url http://127.0.0.1:11415/orders/1/initiation",
        "exit 3\nerror[party-unreachable]: 127.0.0.1:11415 does not answer\n hint: ",
    );
    check_in(
        &place,
        "pay --data d --url gopher://shop/",
        "exit 2\nerror[url-malformed]: `gopher://shop/` is not a URL that can be fetched\n hint: ",
    );
    place.write("order", "SET-Initiation-Type: Payment-Initiation\n\nbook");
    check_in(
        &place,
        "pay --data d --initiation order",
        "exit 2\nerror[initiation-malformed]: the initiation lacks SET-Version\n hint: ask",
    );
    check_in(
        &place,
        "wallet cards --data d",
        "exit 2\nerror[wallet-empty]: the wallet has no registered card\n hint: register one",
    );
}

#[test]
fn wallet_is_not_opened_by_another_passphrase() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_deployment();
    place.write("d/wallet/wallet.vault", "{}");
    let vault = place.path("d/wallet/wallet.vault");
    std::fs::set_permissions(vault, std::fs::Permissions::from_mode(0o600)).unwrap();
    let said = place.run_with("wallet cards --data d", &[("COUNTERFOIL_PASSPHRASE", "words")]);
    same(&said, "exit 2\nerror[\n hint: ", "wallet cards");
    assert!(said.contains("d/wallet/wallet.vault is not usable"), "{said}");
}

#[test]
fn deployment_that_is_stopped_is_told_so() {
    let place = Place::with_deployment();
    let before = place.files();
    let said = place.run("status --data d");
    assert!(said.starts_with("exit 1\nroot-ca   stopped  -  http://127.0.0.1:11401"), "{said}");
    let said = place.run("status --data d --json");
    assert!(said.starts_with("exit 1\n{\"parties\":[{"), "{said}");
    assert!(said.ends_with("\"ready\":false}"), "{said}");
    check_in(&place, "reload --data d", "exit 3\nerror[nothing-runs]: no party\n hint: start");
    check_in(&place, "reload cca --data d", "exit 3\nerror[nothing-runs]: cca does\n hint: start");
    check_in(&place, "reload shop --data d", "exit 2\nerror[party-unknown]: \n hint: use one of");
    assert!(place.files() == before);
}

#[test]
fn errors_are_json_when_json_is_asked_for() {
    check(
        "status --data d --json",
        "exit 2\n{\"error\":{\"hint\":\"make one with `counterfoil init --data d`\",\"id\":\
         \"no-deployment\",\"message\":\"d is not the folder of a deployment\"}}",
    );
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

#[test]
fn one_port_that_is_taken_is_named() {
    let place = Place::with_deployment();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    place.edit("d/bank/config.toml", "127.0.0.1:11410", &address);
    let said = place.run("serve bank --data d");
    let expect =
        format!("exit 3\nerror[listen-failed]: cannot listen on {address} for bank\n hint: ");
    let lines: Vec<&str> = said.lines().filter(|line| !line.contains(" bank ")).collect();
    same(&lines.join("\n"), &expect, "serve bank");
}
