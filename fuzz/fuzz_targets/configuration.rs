//! Any configuration file causes no panic. The position of every mistake is inside the file. A valid configuration is
//! the same after it is written and read again.

#![no_main]

use backstop::config::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    match parse(file) {
        Ok(configuration) => {
            let shown = serde_json::to_vec(&configuration).expect("a configuration is JSON");
            let again = parse(&shown).unwrap_or_else(|problems| panic!("{problems:?}"));
            let shown_again = serde_json::to_vec(&again).expect("a configuration is JSON");
            assert_eq!(String::from_utf8_lossy(&shown), String::from_utf8_lossy(&shown_again));
        }
        Err(problems) => {
            let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
            assert!(!problems.is_empty() && problems.is_sorted());
            for problem in problems {
                assert!((1..=lines).contains(&problem.position.line) && !problem.message.is_empty(), "{problem:?}");
            }
        }
    }
});
