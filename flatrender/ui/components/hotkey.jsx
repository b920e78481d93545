// A key that moves the focus: "/" to the search field. Silent while the visitor types somewhere.
import { useEffect } from "react";

export function Hotkey({ press, target }) {
  useEffect(() => {
    function down(event) {
      const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]");
      if (event.key !== press || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const element = document.getElementById(target);
      if (!element) return;
      event.preventDefault();
      element.focus();
      if (element.select) element.select();
    }
    document.addEventListener("keydown", down);
    return () => document.removeEventListener("keydown", down);
  }, [press, target]);
  return null;
}
