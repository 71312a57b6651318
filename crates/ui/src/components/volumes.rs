//! The volumes with the pages that they share, once there is a clone.

use scene::VolumesShape;
use yew::prelude::*;

use super::board::Board;
use crate::draw::Picture;
use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::preferences::{use_media, use_preferences};
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;

/// The id of the heading. The focus goes there when the volume that had it is given up.
pub(super) const TITLE: &str = "volumes-title";

/// Their tables, and what is said of them.
#[component]
pub(super) fn Volumes() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_paced_frame();
    let scale = use_preferences().picture_scale();
    let slide = use_media("(max-height: 43.99rem) and (min-width: 48rem)");
    let node = use_node_ref();
    let shape = use_size(node.clone()).map(|(width, _)| VolumesShape {
        width: width / scale,
        slide,
    });
    let told = lab.setup.as_ref().zip(frame.as_ref());
    let told = told.map(|(setup, frame)| scene::volumes_told(&words, setup, frame).join(" "));
    html! {
        <section class="volumes" aria-labelledby={TITLE}>
            <h2 key="title" id={TITLE} tabindex="-1">{ words.say("volumes.title") }</h2>
            <p key="told">{ told }</p>
            <div key="tables" ref={node}>
                if let (Some(frame), Some(shape)) = (&frame, shape) {
                    <Board
                        {scale}
                        drawing={scene::volumes(&words, frame, &shape)}
                        playing={lab.playing}
                        in_a_row={usize::try_from(shape.cells_in_a_row(frame)).unwrap_or(1)}
                    />
                }
            </div>
            <ul key="key" class="page-key">
                { for scene::page_key(&words).into_iter().map(|(drawing, what)| html! {
                    <li key={what.clone()}><Picture {drawing} hidden=true />{ what }</li>
                }) }
            </ul>
        </section>
    }
}
