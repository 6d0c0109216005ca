// Passkeys on the desk's own pages, and the code of a one-time link, which
// stands behind the # of its address so that no server sees it. Everything else
// works without script.
(() => {
  "use strict";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const listed = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

  const creation = (o) => ({
    ...o,
    challenge: bytes(o.challenge),
    user: { ...o.user, id: bytes(o.user.id) },
    excludeCredentials: listed(o.excludeCredentials),
  });

  const request = (o) => ({ ...o, challenge: bytes(o.challenge), allowCredentials: listed(o.allowCredentials) });

  const answer = (c) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (c.response[name]) response[name] = text(c.response[name]);
    }
    return JSON.stringify({
      id: c.id,
      rawId: text(c.rawId),
      type: c.type,
      response,
      clientExtensionResults: c.getClientExtensionResults(),
      authenticatorAttachment: c.authenticatorAttachment || undefined,
    });
  };

  const ceremony = async (form) => {
    const options = JSON.parse(form.dataset.options);
    if (form.dataset.passkey === "create") {
      return answer(await navigator.credentials.create({ publicKey: creation(options) }));
    }
    return answer(await navigator.credentials.get({ publicKey: request(options) }));
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const problem = form.querySelector("[data-problem]");
    if (!window.PublicKeyCredential) {
      const missing = form.querySelector("[data-missing]");
      if (missing) missing.hidden = false;
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = "yes";
      if (problem) problem.hidden = true;
      try {
        form.elements.namedItem("response").value = await ceremony(form);
        const pressed = event.submitter;
        if (pressed && pressed.name) {
          const field = document.createElement("input");
          field.type = "hidden";
          field.name = pressed.name;
          field.value = pressed.value;
          form.append(field);
        }
        form.submit();
      } catch {
        if (problem) problem.hidden = false;
      }
      delete form.dataset.busy;
    });
  }

  const code = document.querySelector("input[data-fragment]");
  if (code && location.hash.length > 1) {
    code.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname + location.search);
    code.form.submit();
  }
})();
