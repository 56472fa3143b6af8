/** The client's version, from package.json. */
declare const __MESH_VERSION__: string;

/** File System Access (WICG), where a browser has it. */
interface Window {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}
