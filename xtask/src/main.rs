//! What the Makefile cannot say in a line: building the pages, checking the tree, packing the
//! release binary. It only calls cargo, node and wasm-bindgen; it installs nothing.

mod check;
mod dist;
mod pages;
mod tree;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  pages [--release]   builds the WASM, its bindings, the style and the fonts into target/site
                      (--release: optimised and compressed, into target/dist/site)
  check               format, lints, layering, duplicates, sizes of files
  dist                one release binary with the pages inside: target/dist/auditorium";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["pages"] => pages::build(pages::Mode::Development),
        ["pages", "--release"] => pages::build(pages::Mode::Release),
        ["check"] => check::run(),
        ["dist"] => dist::run(),
        ["help" | "--help"] => {
            eprintln!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown command\n\n{USAGE}"),
    }
}
