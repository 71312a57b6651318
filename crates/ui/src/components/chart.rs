//! A chart on the page: the picture, what it says at one place, and the same as tables.

use scene::chart::{Chart, Room, Table};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::save::Save;
use crate::draw::Picture;
use crate::hooks::download::theme_of_files;
use crate::hooks::preferences::{use_media, use_preferences};
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;

/// How much of its height a chart has on a slide, so that it is seen whole.
const SLIDE_SHARE: f64 = 0.8;

/// What [`ChartView`] shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ChartViewProps {
    pub(super) chart: Chart,
    /// How high the picture is.
    pub(super) height: f64,
}

/// The chart. A pointer over it, or a slider below, moves a line to a place, with what the chart says
/// there.
#[component]
pub(super) fn ChartView(props: &ChartViewProps) -> Html {
    let ChartViewProps { chart, height } = props;
    let words = use_words();
    let scale = use_preferences().picture_scale();
    let slide = use_media("(max-height: 43.99rem) and (min-width: 48rem)");
    let node = use_node_ref();
    let room = use_size(node.clone()).map(|(width, _)| Room {
        width: width / scale,
        height: if slide { height * SLIDE_SHARE } else { *height },
        slide,
    });
    let at = use_state_eq(|| None::<f64>);
    let xs = chart.xs();
    let reading = at.and_then(|x| chart.reading(x));
    let told = reading.as_ref().map(|reading| {
        let values = reading.values.iter();
        let values: Vec<_> = values
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        format!("{}. {}", reading.x, values.join("; "))
    });
    let place = at.map_or(0, |x| xs.partition_point(|other| *other < x));
    let oninput = {
        let (at, xs) = (at.setter(), xs.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let place = input.value().parse::<usize>().ok();
            at.set(place.and_then(|place| xs.get(place).copied()));
        })
    };
    let onpointermove = {
        let (at, chart, node) = (at.setter(), chart.clone(), node.clone());
        Callback::from(move |event: PointerEvent| {
            if let (Some(room), Some(element)) = (room, node.cast::<Element>()) {
                let left = element.get_bounding_client_rect().left();
                let place = (f64::from(event.client_x()) - left) / scale;
                at.set(chart.x_at(room, place));
            }
        })
    };
    let opened = use_state_eq(|| false);
    let ontoggle = {
        let opened = opened.setter();
        Callback::from(move |event: Event| {
            let details: Element = event.target_unchecked_into();
            opened.set(details.has_attribute("open"));
        })
    };
    html! {
        <div class="chart-view">
            <div key="chart" class="chart" ref={node} {onpointermove}>
                if let Some(room) = room {
                    <Picture key="drawing" {scale} drawing={chart.drawing(&words, room, *at)} />
                }
            </div>
            if xs.len() > 1 {
                <label key="read" class="read">
                    <span>{ words.say("trial.read") }</span>
                    <input
                        type="range"
                        min="0"
                        max={(xs.len() - 1).to_string()}
                        step="1"
                        value={place.to_string()}
                        aria-valuetext={told}
                        {oninput}
                    />
                </label>
            }
            <details key="tables" class="tables" {ontoggle}>
                <summary>{ words.say("trial.table") }</summary>
                // A run that plays changes them ten times a second.
                if *opened {
                    { for chart.tables(&words).into_iter().map(table) }
                    if let Some(room) = room {
                        <Files key="files" chart={chart.clone()} {room} />
                    }
                }
            </details>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FilesProps {
    chart: Chart,
    room: Room,
}

/// The chart as a file.
#[component]
fn Files(props: &FilesProps) -> Html {
    let words = use_words();
    let numbers = {
        let chart = props.chart.clone();
        Callback::from(move |()| chart.csv())
    };
    let picture = {
        let (words, FilesProps { chart, room }) = (words.clone(), props.clone());
        Callback::from(move |()| {
            scene::to_svg(&chart.drawing(&words, room, None), theme_of_files())
        })
    };
    let label = words.say("chart.files").to_owned();
    html! { <Save name="chart" {label} {picture} numbers={Some(numbers)} /> }
}

/// A table of written cells.
pub(crate) fn table(table: Table) -> Html {
    let row = |(n, cells): (usize, Vec<String>)| {
        let cells = cells.into_iter().enumerate().map(|(n, cell)| match n {
            0 => html! { <th key={n} scope="row">{ cell }</th> },
            _ => html! { <td key={n}>{ cell }</td> },
        });
        html! { <tr key={n}>{ for cells }</tr> }
    };
    let heads = table.header.into_iter().enumerate();
    html! {
        <div key={table.caption.clone()} class="scrolls" tabindex="0" role="group" aria-label={table.caption.clone()}>
            <table>
                <caption>{ table.caption }</caption>
                <thead>
                    <tr>{ for heads.map(|(n, head)| html! { <th key={n} scope="col">{ head }</th> }) }</tr>
                </thead>
                <tbody>{ for table.rows.into_iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}
