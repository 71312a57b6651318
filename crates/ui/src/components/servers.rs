//! The conventional engine, where it runs, and what came of it beside the quorum engine.

use scene::{Row, ServersShape};
use yew::prelude::*;

use super::board::Board;
use super::prose;
use crate::draw::Picture;
use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::preferences::{use_media, use_preferences};
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;

/// The servers with what can be done to them.
#[component]
pub(crate) fn Servers() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_paced_frame();
    let scale = use_preferences().picture_scale();
    let slide = use_media("(max-height: 43.99rem) and (min-width: 48rem)");
    let node = use_node_ref();
    let shape = use_size(node.clone()).map(|(width, _)| ServersShape {
        width: width / scale,
        slide,
    });
    let drawing = frame
        .as_ref()
        .zip(shape)
        .and_then(|(frame, shape)| scene::servers(&words, frame, &shape));
    let told = frame.as_ref().and_then(|frame| frame.servers.as_ref());
    html! {
        <section class="servers" aria-labelledby="servers-title">
            <h2 key="title" id="servers-title">{ words.say("servers.title") }</h2>
            <p key="told">{ told.map(|view| scene::servers_told(&words, view)) }</p>
            <div key="boxes" ref={node}>
                if let Some(drawing) = drawing {
                    <Board {scale} {drawing} playing={lab.playing} />
                }
            </div>
            <ul key="key" class="page-key">
                { for scene::servers_key(&words).into_iter().map(|(drawing, what)| html! {
                    <li key={what.clone()}><Picture {drawing} hidden=true />{ what }</li>
                }) }
            </ul>
        </section>
    }
}

/// A row of a table: its name, and its cells.
fn row(row: Row) -> Html {
    html! {
        <tr key={row.name.clone()} class={classes!(row.is_part.then_some("part"))}>
            <th scope="row">{ row.name }</th>
            { for row.cells.into_iter().map(|cell| html! { <td>{ cell }</td> }) }
        </tr>
    }
}

/// The run that stands for Table 1 of the paper, beside it.
#[component]
pub(crate) fn TableOne() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let Some(view) = frame.as_ref().and_then(|frame| frame.servers.as_ref()) else {
        return Html::default();
    };
    let why = [
        words.say("table-one.log"),
        words.say("table-one.image"),
        words.say("table-one.batch"),
        words.say("table-one.processor"),
    ];
    html! {
        <section class="compared" aria-labelledby="table-one-title">
            <h2 key="title" id="table-one-title">{ words.say("table-one.title") }</h2>
            <p key="told">{ words.say("table-one.told") }</p>
            <table key="table">
                <thead>
                    <tr>
                        <th scope="col">{ words.say("compare.what") }</th>
                        <th scope="col">{ words.say("table-one.paper") }</th>
                        <th scope="col">{ words.say("table-one.here") }</th>
                    </tr>
                </thead>
                <tbody>{ for scene::table_one(&words, view).into_iter().map(row) }</tbody>
            </table>
            <p key="factors">{ words.say("table-one.factors") }</p>
            <ul key="why">
                { for why.into_iter().map(|reason| html! {
                    <li key={reason}>{ prose(reason) }</li>
                }) }
            </ul>
        </section>
    }
}

/// What came of the run, a column for each engine.
#[component]
pub(crate) fn Compared() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let Some(view) = frame.as_ref().and_then(|frame| frame.servers.as_ref()) else {
        return Html::default();
    };
    let (heads, rows) = scene::engines_compared(&words, view);
    let title = words.say(if heads.len() > 1 {
        "compare.title"
    } else {
        "compare.title.alone"
    });
    html! {
        <section class="compared" aria-labelledby="compared-title">
            <h2 key="title" id="compared-title">{ title }</h2>
            <table key="table">
                <thead>
                    <tr>
                        <th scope="col">{ words.say("compare.what") }</th>
                        { for heads.into_iter().map(|head| html! { <th scope="col">{ head }</th> }) }
                    </tr>
                </thead>
                <tbody>{ for rows.into_iter().map(row) }</tbody>
            </table>
        </section>
    }
}
