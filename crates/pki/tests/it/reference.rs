//! The reference pages say what the code says.

use counterfoil_pki::{path, watch};
use counterfoil_remark::{Kind, page};
use expect_test::expect_file;

#[test]
fn the_page_of_certificate_paths_is_current() {
    let kinds: Vec<&Kind> = path::kinds().collect();
    let introduction = "What `counterfoil cert verify` says of a certificate that is not valid, \
                        and every party of one that it refuses. This page is made from the code.";
    let text = page::reference("Certificate paths", introduction, &kinds);
    expect_file!["../../../../docs/reference/certificate-paths.md"].assert_eq(&text);
}

#[test]
fn the_page_of_certificate_watching_is_current() {
    let kinds: Vec<&Kind> = watch::kinds().collect();
    let introduction = "What `counterfoil cert watch` says of what a deployment or a list of hosts \
                        depends on. This page is made from the code.";
    let text = page::reference("Watching certificates", introduction, &kinds);
    expect_file!["../../../../docs/reference/watch.md"].assert_eq(&text);
}
