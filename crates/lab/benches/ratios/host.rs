//! The clock and the output, natively and in a browser.

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{now_ms, say};
#[cfg(target_family = "wasm")]
pub(crate) use web::{now_ms, say};

#[cfg(not(target_family = "wasm"))]
mod native {
    #![expect(clippy::disallowed_types, reason = "a benchmark reads the clock")]
    #![expect(clippy::print_stdout, reason = "a program that reports")]

    use std::sync::OnceLock;
    use std::time::Instant;

    /// Milliseconds since the first call.
    pub(crate) fn now_ms() -> f64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
    }

    pub(crate) fn say(line: &str) {
        println!("{line}");
    }
}

#[cfg(target_family = "wasm")]
mod web {
    #![expect(unsafe_code, reason = "functions of the host have to be declared")]

    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        #[link_name = "now_ms"]
        safe fn host_now_ms() -> f64;
        #[link_name = "say"]
        safe fn host_say(start: *const u8, length: usize);
    }

    /// Milliseconds by the browser's clock.
    pub(crate) fn now_ms() -> f64 {
        host_now_ms()
    }

    pub(crate) fn say(line: &str) {
        host_say(line.as_ptr(), line.len());
    }
}
