//! A link as a QR code: what a phone's camera reads off a projector.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};
use yew::prelude::*;

/// Longer texts make squares too small for a camera across a room.
const CHARACTERS_MAX: usize = 700;
/// The empty rim that readers need, in modules.
const RIM: i32 = 4;

/// The code, or `None` for a text that is too long for one.
pub(super) fn qr(text: &str, label: &str) -> Option<Html> {
    if text.len() > CHARACTERS_MAX {
        return None;
    }
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let mut path = String::new();
    for (x, y) in dark.filter(|&(x, y)| code.get_module(x, y)) {
        write!(path, "M{x} {y}h1v1h-1z").expect("a string takes everything");
    }
    let side = size + 2 * RIM;
    let view = format!("{} {} {side} {side}", -RIM, -RIM);
    // Black on white in every theme: cameras expect it.
    Some(html! {
        <svg class="qr" viewBox={view} role="img" aria-label={label.to_owned()}>
            <rect x={(-RIM).to_string()} y={(-RIM).to_string()} width={side.to_string()}
                height={side.to_string()} fill="#fff" />
            <path d={path} fill="#000" shape-rendering="crispEdges" />
        </svg>
    })
}
