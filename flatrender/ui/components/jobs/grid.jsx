// AG Grid Community in our look: only the modules in use; rows by id, patched in place; no row moves under the pointer.
import { useCallback, useEffect, useMemo, useRef } from "react";
import { AgGridReact } from "ag-grid-react";
import {
  CellStyleModule,
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  ColumnApiModule,
  EventApiModule,
  HighlightChangesModule,
  LocaleModule,
  ModuleRegistry,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
  themeQuartz,
} from "ag-grid-community";
import { isRtl, say } from "./words.js";

ModuleRegistry.registerModules([
  CellStyleModule,
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  ColumnApiModule,
  EventApiModule,
  HighlightChangesModule,
  LocaleModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
]);

// Every value is a token, so that the grid follows theme and tenant by itself.
const LOOK = themeQuartz.withParams({
  accentColor: "var(--brand-solid)",
  backgroundColor: "var(--bg)",
  foregroundColor: "var(--text-1)",
  borderColor: "var(--line-1)",
  chromeBackgroundColor: "var(--bg)",
  headerBackgroundColor: "var(--bg)",
  headerTextColor: "var(--text-2)",
  headerFontWeight: 540,
  headerHeight: 30,
  rowHeight: 41,
  rowHoverColor: "var(--surface-1)",
  selectedRowBackgroundColor: "var(--surface-2)",
  oddRowBackgroundColor: "var(--bg)",
  fontFamily: "inherit",
  fontSize: 13,
  headerFontSize: 12,
  cellHorizontalPadding: 12,
  wrapperBorder: false,
  wrapperBorderRadius: 0,
  columnBorder: false,
  checkboxCheckedBackgroundColor: "var(--brand-solid)",
  checkboxCheckedBorderColor: "var(--brand-solid)",
  checkboxCheckedShapeColor: "var(--brand-on-solid)",
  checkboxUncheckedBackgroundColor: "transparent",
  checkboxUncheckedBorderColor: "var(--line-3)",
  focusShadow: "var(--focus-ring)",
  valueChangeValueHighlightBackgroundColor: "var(--info-tint)",
});

// The names of its check boxes: the table's own are English, and say only which key to press.
const WORDS = {
  ariaRowToggleSelection: say("row_select"),
  ariaRowSelectAll: say("row_select_all"),
  ariaHeaderSelection: say("row_select_all"),
};

/**
 * A live table. `rows` is the page as loaded; later changes come through `api.apply({ update, add, remove })`. Where there
 * are such, `known` refers to a map of all rows as they are by now: a change may come before the table stands, or while
 * an older page is on its way into it.
 * `cardHeight`: rows are cards of this height without a head row. While the pointer is over the table, patches change cells but sort nothing.
 */
export function Grid({ rows, known = null, columns, rowId = "id", onReady, onOpen, onSelect, onEnd, label, opened, cardHeight = null }) {
  const grid = useRef(null);
  const inside = useRef(false);
  const resort = useRef(false);

  const apply = useCallback((changes) => {
    const api = grid.current?.api;
    if (!api) return;
    // A page of rows may be on its way into the grid: what it does not hold yet is added, what it holds is updated.
    const holds = (row) => Boolean(api.getRowNode(row[rowId]));
    const given = [...(changes.update ?? []), ...(changes.add ?? [])];
    const remove = (changes.remove ?? []).filter(holds);
    api.applyTransaction({ update: given.filter(holds), add: given.filter((row) => !holds(row)), remove, addIndex: 0 });
    if (inside.current) resort.current = true;
    else grid.current?.api.refreshClientSideRowModel("sort");
  }, [rowId]);

  const settle = useCallback(() => {
    const api = grid.current?.api;
    if (!api || !known) return;
    const left = new Map(known.current);
    const [update, remove] = [[], []];
    api.forEachNode(({ data }) => {
      if (!data) return; // a group's head
      const now = left.get(data[rowId]);
      left.delete(data[rowId]);
      if (!now) remove.push(data);
      else if (now !== data) update.push(now);
    });
    if (update.length || remove.length || left.size) apply({ update, remove, add: [...left.values()] });
  }, [apply, known, rowId]);

  useEffect(() => {
    grid.current?.api?.redrawRows();
  }, [opened]);

  const rowClassRules = useMemo(() => ({ "row-open": ({ data }) => data && data[rowId] === opened }), [opened, rowId]);
  const selection = useMemo(
    () => ({ mode: "multiRow", checkboxes: true, headerCheckbox: true, enableClickSelection: false }),
    [],
  );

  return (
    <div
      className="grid-host"
      role="region"
      aria-label={label}
      onPointerEnter={() => (inside.current = true)}
      onPointerLeave={() => {
        inside.current = false;
        if (resort.current) grid.current?.api.refreshClientSideRowModel("sort");
        resort.current = false;
      }}
    >
      <AgGridReact
        ref={grid}
        theme={LOOK}
        rowData={rows}
        columnDefs={columns}
        getRowId={({ data }) => data[rowId]}
        rowSelection={selection}
        selectionColumnDef={{ width: cardHeight ? 44 : 48, pinned: false, suppressHeaderMenuButton: true, resizable: false }}
        rowClassRules={rowClassRules}
        enableRtl={isRtl}
        suppressMovableColumns
        suppressCellFocus={false}
        deltaSort
        suppressNoRowsOverlay
        localeText={WORDS}
        headerHeight={cardHeight ? 0 : undefined}
        rowHeight={cardHeight ?? undefined}
        cellFlashDuration={100}
        cellFadeDuration={900}
        defaultColDef={{ sortable: true, resizable: true, suppressHeaderMenuButton: true, enableCellChangeFlash: false }}
        onGridReady={() => {
          onReady?.({ apply, deselect: () => grid.current.api.deselectAll() });
          settle();
        }}
        onRowDataUpdated={settle}
        onRowClicked={({ data, event }) => !event.defaultPrevented && !event.target.closest("button, a, input") && onOpen?.(data)}
        onCellKeyDown={({ data, event }) => event.key === "Enter" && onOpen?.(data)}
        onSelectionChanged={({ api }) => onSelect?.(api.getSelectedRows())}
        onBodyScrollEnd={({ api }) => api.getLastDisplayedRowIndex() >= api.getDisplayedRowCount() - 5 && onEnd?.()}
      />
    </div>
  );
}
