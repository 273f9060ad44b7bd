//! `openssl s_server` with many settings.

use crate::peer::{ids, look, s_server, self_signed, serve, serve_weak, suites, verdict, versions};

#[test]
fn a_server_of_today_speaks_the_two_current_versions() {
    let Some(server) = s_server("") else { return };
    let report = look(server.port);
    assert_eq!(versions(&report), ["TLS 1.3", "TLS 1.2"]);
    let tls13 =
        ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"];
    let mut found = suites(&report, "TLS 1.3");
    found.sort();
    let mut wanted = tls13.map(str::to_owned);
    wanted.sort();
    assert_eq!(found, wanted);
    assert!(suites(&report, "TLS 1.2").contains(&"ECDHE-RSA-AES256-GCM-SHA384".to_owned()));
    assert!(report.groups.names.contains(&"x25519".to_owned()), "{:?}", report.groups);
    assert!(report.curves.names.contains(&"secp256r1".to_owned()), "{:?}", report.curves);
    assert_eq!(report.features.tls13_sentinel, Some(true));
    assert_eq!(report.features.fallback_scsv, Some(true));
    assert_eq!(report.features.secure_renegotiation, Some(true));
    assert_eq!(report.features.extended_master_secret, Some(true));
    assert_eq!(report.features.compression, Some(false));
    assert_eq!(report.features.tickets, Some(true));
    assert_eq!(report.features.tickets_tls13, Some(true));
    assert_eq!(report.features.tickets_resumed, Some(true));
    assert_eq!(report.features.tickets_tls13_resumed, Some(true));
    assert_eq!(report.features.ticket_lifetime_seconds, Some(7_200));
    assert_eq!(verdict(&report, "poodle"), "closed");
    assert_eq!(verdict(&report, "robot"), "not_tested");
    assert!(!report.is_incomplete(), "{:?}", report.facts.unanswered);
    assert!(!ids(&report).contains(&"tls10-accepted"));
}

#[test]
fn suites_are_told_in_the_order_of_the_server() {
    let wanted = "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305";
    let Some(server) = s_server(&format!("-tls1_2 -serverpref -cipher {wanted}")) else { return };
    let report = look(server.port);
    assert_eq!(suites(&report, "TLS 1.2").join(":"), wanted);
    let tls12 = report.versions.iter().find(|known| known.accepted == "yes").unwrap();
    assert_eq!(tls12.order, Some("server"));
    assert!(ids(&report).contains(&"suite-rsa-key-exchange"));
    assert!(ids(&report).contains(&"tls13-missing"));
}

#[test]
fn a_server_without_an_order_is_told() {
    let cipher = "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:ECDHE-RSA-AES256-SHA";
    let Some(server) = s_server(&format!("-tls1_2 -cipher {cipher}")) else { return };
    let report = look(server.port);
    let tls12 = report.versions.iter().find(|known| known.accepted == "yes").unwrap();
    assert_eq!((tls12.order, tls12.suites.len()), (Some("client"), 3));
    assert!(ids(&report).contains(&"suite-order-clients"));
}

#[test]
fn a_server_of_tls13_alone_is_seen_with_its_certificate_and_groups() {
    let settings = "-tls1_3 -groups P-384:X25519 -ciphersuites TLS_AES_128_GCM_SHA256 \
                    -serverpref -num_tickets 0";
    let Some(server) = s_server(settings) else { return };
    let report = look(server.port);
    assert_eq!(versions(&report), ["TLS 1.3"]);
    assert_eq!(suites(&report, "TLS 1.3"), ["TLS_AES_128_GCM_SHA256"]);
    let mut groups = report.groups.names.clone();
    groups.sort();
    assert_eq!(groups, ["secp384r1", "x25519"]);
    assert_eq!(report.facts.chains.len(), 1, "the certificate is encrypted and was seen");
    assert_eq!(report.features.tickets_tls13, Some(false));
    assert_eq!(verdict(&report, "crime"), "closed");
    assert_eq!(verdict(&report, "robot"), "closed");
    assert!(ids(&report).contains(&"group-hybrid-missing"));
}

#[test]
fn old_versions_and_weak_suites_are_told_by_name() {
    let settings = "-no_tls1_3 -cipher ALL:eNULL:@SECLEVEL=0 -min_protocol TLSv1";
    let Some(server) = s_server(settings) else { return };
    let report = look(server.port);
    assert_eq!(versions(&report), ["TLS 1.2", "TLS 1.1", "TLS 1.0"]);
    let ids = ids(&report);
    let wanted = [
        "suite-anonymous",
        "suite-null",
        "tls10-accepted",
        "tls11-accepted",
        "suite-cbc-tls10",
        "suite-rsa-key-exchange",
        "suite-cbc",
    ];
    for id in wanted {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    assert_eq!(verdict(&report, "beast"), "open");
    assert_eq!(report.features.fallback_scsv, Some(true));
}

/// A prime of its own, and that of Oakley group 2, which many have shared.
const PRIMES: [(&str, bool); 2] = [("dh1024.pem", false), ("oakley2.pem", true)];

const OAKLEY_2: &str = "-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
";

const DH_1024: &str = "-----BEGIN DH PARAMETERS-----
MIGHAoGBAKK9GHul+3DAB94egMUZE+VTLXRtQOMXrqwnrmTlV4a9Az5UiuoraTsi
qIuSmLuqVV7axZF7mhKO5lOG84n/dDed7Rrntzrc5k93CIvtLOs1BL4HErh5+klq
IPsL5/CMEZfay4f7+qROSqVG1YfdUPFq3dDQnfXLsBQbliyLEnifAgEC
-----END DH PARAMETERS-----
";

#[test]
fn small_and_shared_primes_are_told() {
    if !crate::peer::has("openssl", "version") {
        return;
    }
    let folder = self_signed();
    // Made once with `openssl dhparam`; making one here would take too long.
    std::fs::write(folder.join("dh1024.pem"), DH_1024).unwrap();
    std::fs::write(folder.join("oakley2.pem"), OAKLEY_2).unwrap();
    for (file, shared) in PRIMES {
        let settings = format!(
            "-cert rsa.pem -key rsa.key -tls1_2 -dhparam {file} \
             -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"
        );
        let server = serve_weak(folder, &settings).unwrap();
        let report = look(server.port);
        let suite =
            &report.versions.iter().find(|known| known.accepted == "yes").unwrap().suites[0];
        assert_eq!(suite.key_exchange.as_deref(), Some("DH 1024 bits"));
        assert!(ids(&report).contains(&"dh-small"));
        assert_eq!(ids(&report).contains(&"dh-common-prime"), shared, "{file}");
        assert_eq!(verdict(&report, "logjam"), "open");
    }
}

#[test]
fn a_large_prime_is_fine() {
    let settings = "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256";
    let Some(server) = s_server(settings) else { return };
    let report = look(server.port);
    assert!(!ids(&report).contains(&"dh-small"), "{:?}", report.remarks);
    assert_eq!(verdict(&report, "logjam"), "closed");
}

#[test]
fn keys_of_both_kinds_are_seen() {
    let Some(server) = s_server("-dcert ec.pem -dkey ec.key") else { return };
    let report = look(server.port);
    assert_eq!(report.facts.chains.len(), 2);
    let both = |chain: &counterfoil_tls::probe::facts::ServedChain| chain.versions.len() == 2;
    assert!(report.facts.chains.iter().all(both), "{:?}", report.facts.chains);
}

#[test]
fn a_server_that_asks_for_a_client_certificate_is_told() {
    let Some(server) = s_server("-verify 1 -no_ticket") else { return };
    let report = look(server.port);
    assert_eq!(report.features.client_certificate, Some(true));
    assert_eq!(report.features.tickets, Some(false));
}

#[test]
fn what_is_not_resumed_and_what_cannot_be_tried_are_told_apart() {
    let Some(server) = s_server("-tls1_2 -no_ticket") else { return };
    let features = look(server.port).features;
    assert_eq!((features.tickets_resumed, features.ticket_lifetime_seconds), (Some(false), None));
    let settings = "-tls1_2 -no_ticket -no_cache";
    let features = look(s_server(settings).unwrap().port).features;
    assert_eq!(features.session_ids_resumed, Some(false));
    // Without an ECDHE suite nobody here can make the handshake.
    let features = look(s_server("-tls1_2 -cipher AES128-SHA").unwrap().port).features;
    assert_eq!((features.tickets_resumed, features.session_ids_resumed), (None, None));
}

#[test]
fn alpn_is_told_in_the_order_of_the_server() {
    let Some(server) = s_server("-alpn http/1.1,h2") else { return };
    assert_eq!(look(server.port).features.alpn, ["http/1.1", "h2"]);
}

#[test]
fn a_certificate_of_a_curve_alone_is_probed_as_well() {
    let Some(server) = serve(self_signed(), "-cert ec.pem -key ec.key") else { return };
    let report = look(server.port);
    assert!(!ids(&report).contains(&"suite-rsa-key-exchange"));
    assert_eq!(verdict(&report, "robot"), "closed");
}
