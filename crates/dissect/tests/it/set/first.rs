//! Messages of SET 1.0 as an old wallet sends them, assembled octet by octet from the ASN.1 of its
//! Book 3. Each line is an element: tag, length, contents, and what it is.

use counterfoil_dissect::key::Keys;

use super::{Session, remarks, tree};

/// PInitReq, which SET 1.0 sends in clear.
const P_INIT_REQ: &str = "
    30 818a                                   -- MessageWrapper
      30 37                                   -- messageHeader
        02 01 01                              -- version: setVer1 (revision has its default, 0)
        18 0f 31393937303630313132303030305a  -- date
        a0 06                                 -- messageIDs
          80 04 00000001                      -- lid-C
        81 14 a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4  -- rrpid
        1a 03 526566                          -- swIdent: Ref
      a0 4f                                   -- message
        a0 4d                                 -- [0] PInitReq
          30 4b
            04 14 a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4  -- rrpid
            1a 02 656e                        -- language: en
            04 04 00000001                    -- localID-C
            80 04 00000002                    -- localID-M, from the shop's page
            04 14 c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4  -- chall-C: 20 octets
            1a 05 4272616e64                  -- brandID: Brand
            12 06 343932393132                -- bin: 492912
";

/// PReq without its order: the dual signature in PKCS #7 with SHA-1 and RSA, and the envelope for
/// the gateway with DES and SET's own form of OAEP.
const P_REQ: &str = "
    30 820145                                 -- MessageWrapper
      30 47                                   -- messageHeader
        02 01 01                              -- version: setVer1 (revision has its default, 0)
        18 0f 31393937303630313132303030305a  -- date
        a0 16                                 -- messageIDs
          82 14 d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4  -- xID
        81 14 a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4  -- rrpid
        1a 03 526566                          -- swIdent: Ref
      a0 81f9                                 -- message
        a2 81f6                               -- [2] PReq
          a0 81f3                             -- [0] PReqDualSigned
            30 81f0
              30 81ed                         -- PIDualSigned
                30 6e                         -- PISignature: ContentInfo
                  06 09 2a864886f70d010702    -- signedData
                  a0 61
                    30 5f                     -- SignedData
                      02 01 02                -- version: 2, as SET 1.0 has it
                      31 0b                   -- digestAlgorithms
                        30 09
                          06 05 2b0e03021a    -- SHA-1
                          05 00
                      30 06                   -- contentInfo: detached
                        06 04 672a000d        -- PI-TBS
                      31 45                   -- signerInfos
                        30 43
                          02 01 02            -- version
                          30 12               -- issuerAndSerialNumber
                            30 0d             -- issuer: no more than a country
                              31 0b
                                30 09
                                  06 03 550406-- C
                                  13 02 5553  -- US
                            02 01 07          -- serial
                          30 09
                            06 05 2b0e03021a  -- SHA-1
                            05 00
                          30 0d
                            06 09 2a864886f70d010101  -- rsaEncryption
                            05 00
                          04 10 101112131415161718191a1b1c1d1e1f  -- encryptedDigest: cut short
                30 7b                         -- exPIData: ContentInfo
                  06 09 2a864886f70d010703    -- envelopedData
                  a0 6e
                    30 6c                     -- EnvelopedData
                      02 01 01                -- version
                      31 3a                   -- recipientInfos
                        30 38
                          02 01 00            -- version
                          30 12               -- issuerAndSerialNumber
                            30 0d             -- issuer
                              31 0b
                                30 09
                                  06 03 550406-- C
                                  13 02 5553  -- US
                            02 01 08          -- serial
                          30 0d
                            06 09 2a864886f70d010106  -- rsaOAEPEncryptionSET
                            05 00
                          04 10 202122232425262728292a2b2c2d2e2f  -- encryptedKey: cut short
                      30 2b                   -- encryptedContentInfo
                        06 04 672a0032        -- PIDualSignedTBE
                        30 11
                          06 05 2b0e030207    -- desCBC
                          04 08 0001020304050607  -- initialization vector
                        80 10 303132333435363738393a3b3c3d3e3f  -- encryptedContent: two blocks
";

fn octets(text: &str) -> Vec<u8> {
    let parts = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    let digits: String = parts.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    hex::decode(digits).unwrap()
}

fn read(text: &str) -> (String, String, String) {
    let reading = Session::new(Keys::default()).read(&octets(text));
    (reading.summary.clone(), remarks(&reading), tree(&reading))
}

#[test]
fn a_purchase_initiation_is_shown_to_each_field_and_refused() {
    let reading = Session::new(Keys::default()).read(&octets(P_INIT_REQ));
    assert_eq!(remarks(&reading), "set-version-1");
    let why = &reading.remarks[0].remark.summary;
    assert_eq!(why, "SET 1.0, with the suite of 1997: refused with Error versionTooOld");
    let (summary, _, tree) = read(P_INIT_REQ);
    assert_eq!(summary, "SET 1.0 PInitReq, RRPID a1a2a3a4a5a6");
    for field in [
        "version: 1",
        "date: 1997-06-01T12:00:00Z",
        "swIdent: Ref",
        "localID-M: 00000002",
        "chall-C: c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4",
        "brandID: Brand",
        "bin: 492912",
    ] {
        assert!(tree.contains(field), "{field} is not in\n{tree}");
    }
}

#[test]
fn the_suite_of_1997_is_named_in_a_purchase() {
    let (summary, remarks, tree) = read(P_REQ);
    assert!(summary.starts_with("SET 1.0 PReq, XID d1d2d3d4d5d6"), "{summary}");
    assert!(remarks.starts_with("set-version-1 set-algorithm-refused"), "{remarks}");
    for field in [
        "PI-TBS",
        "PIDualSignedTBE",
        "id-sha1",
        "rsaOAEPEncryptionSET",
        "desCBC",
        "16 octets encrypted",
    ] {
        assert!(tree.contains(field), "{field} is not in\n{tree}");
    }
}

#[test]
fn it_is_recognised_without_a_media_type_and_cut_off_anywhere() {
    for text in [P_INIT_REQ, P_REQ] {
        let whole = octets(text);
        for len in 0..whole.len() {
            let reading = Session::new(Keys::default()).read_as(None, &whole[..len]);
            let ids = remarks(&reading);
            let is_told = len < 8 || ids.contains("set-version-1");
            assert!(is_told || ids.contains("set-version-unknown"), "{len}: {ids}");
        }
    }
}
