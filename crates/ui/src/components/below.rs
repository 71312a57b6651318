//! What stands below the lab: a run to compare with, the conventional engine, and the volumes, where
//! there are some.

use protocol::Source;
use yew::prelude::*;

use super::other_run::OtherRun;
use super::servers::{Compared, Servers, TableOne};
use super::volumes::Volumes;
use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_paced_frame;

/// A run to compare with, the conventional engine, and the volumes.
#[component]
pub(crate) fn Below() -> Html {
    let lab = use_lab();
    let frame = use_paced_frame();
    let servers = (lab.setup.as_ref()).is_some_and(|setup| setup.engine.has_wal());
    let several = (frame.as_ref()).is_some_and(|frame| !frame.volumes.is_empty());
    let comparing = frame.is_some_and(|frame| frame.compared.is_some());
    if !servers && !several && !comparing {
        return Html::default();
    }
    html! {
        <div class="below">
            if comparing {
                <OtherRun key="other" />
            }
            if servers {
                <div class="engines" key="engines">
                    <div key="servers">
                        <Servers key="servers" />
                        if lab.run.source == Source::Shipped("mirrored".to_owned()) {
                            <TableOne key="table-one" />
                        }
                    </div>
                    <Compared key="compared" />
                </div>
            }
            if several {
                <Volumes key="volumes" />
            }
        </div>
    }
}
