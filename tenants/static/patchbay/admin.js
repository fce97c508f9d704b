// The few things that pages do by themselves. Every one of them also works, less neatly, without.
"use strict";

// [data-copy]: a button that copies the text of the element it names.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    try {
        await navigator.clipboard.writeText(source.textContent.trim());
        button.textContent = "Copied";
    } catch {
        // No clipboard outside of TLS and localhost: select the text, so that Ctrl-C takes it.
        getSelection().selectAllChildren(source);
        button.textContent = "Press Ctrl-C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

// form[data-submit-on-change]: needs no button.
function submitOnChange(form) {
    form.querySelector("button").hidden = true;
    form.addEventListener("change", () => form.submit());
}

// [data-poll=URL]: fetched again and again until what comes no longer asks for it.
async function poll(place) {
    while (place.isConnected && place.firstElementChild?.hasAttribute("data-unfinished")) {
        await new Promise((wake) => setTimeout(wake, 700));
        const answer = await fetch(place.dataset.poll, { credentials: "same-origin", redirect: "error" })
            .catch(() => null);
        if (!answer) continue; // the server is away for a moment
        if (!answer.ok) return;
        const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.id));
        place.innerHTML = await answer.text();
        for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    }
}

// [data-when="field=value other"]: a part of a form that matters for some choices only; a control
// takes its whole row with it.
function showMatching() {
    for (const part of document.querySelectorAll("[data-when]")) {
        const [name, values] = part.dataset.when.split("=");
        const field = document.querySelector(`[name="${name}"]`);
        const shown = !field || values.split(" ").includes(field.value);
        const row = part.matches("input, select, textarea") && part.closest(".form-row, .field-row");
        (row || part).hidden = !shown;
    }
}

// select[data-groups=field]: offers only the group that bears the text chosen there (a channel).
function narrow(select) {
    const leader = document.querySelector(`select[name="${select.dataset.groups}"]`);
    if (!leader) return; // the leader is fixed once the object exists
    const all = [...select.children];
    const apply = () => {
        const group = leader.selectedOptions[0]?.text;
        const shown = all.filter((each) => each.tagName !== "OPTGROUP" || each.label === group);
        const chosen = select.value;
        select.replaceChildren(...shown);
        select.value = chosen;
        if (select.selectedIndex < 0) select.selectedIndex = 0;
    };
    leader.addEventListener("change", apply);
    apply();
}

// [data-address]: the page says where it belongs, so that reloading it does not post its form again.
document.addEventListener("DOMContentLoaded", () => {
    const page = document.querySelector("[data-address]");
    if (page) history.replaceState(null, "", page.dataset.address);
    document.querySelectorAll("form[data-submit-on-change]").forEach(submitOnChange);
    document.querySelectorAll("[data-poll]").forEach(poll);
    document.querySelectorAll("select[data-groups]").forEach(narrow);
    document.addEventListener("change", showMatching);
    showMatching();
});
