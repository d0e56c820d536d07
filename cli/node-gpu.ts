// WebGPU in Node: npm `webgpu` where it is installed, on a Vulkan driver of the system or, failing that, Chromium's SwiftShader.
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type * as WebGpu from 'webgpu';

/** Where Chromium's packages keep SwiftShader: its driver's description, and the Vulkan loader beside it. */
const CHROMIUM_FOLDERS = [
  '/usr/lib/chromium',
  '/usr/lib64/chromium-browser',
  '/usr/lib/chromium-browser',
  '/opt/google/chrome',
];
const SYSTEM_LOADERS = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib/aarch64-linux-gnu/libvulkan.so.1',
  '/usr/lib64/libvulkan.so.1',
  '/usr/lib/libvulkan.so.1',
];
const SYSTEM_DRIVERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const DRIVER = 'vk_swiftshader_icd.json';
/** The kernels rely on no workgroup memory that is zero at first; on SwiftShader clearing it costs more than they do. */
const DAWN = 'enable-dawn-features=disable_workgroup_init';
/** dlopen's flag that keeps a library loaded. */
const RTLD_NODELETE = 0x1000;

export type NodeGpu =
  { readonly gpu: GPU; readonly reason: string } | { readonly gpu: undefined; readonly reason: string };

/**
 * A GPU object for Node, whose process lives for as long as the object is referenced; and where it comes from, or why there is
 * none.
 */
export async function findNodeGpu(): Promise<NodeGpu> {
  let webgpu: typeof WebGpu;
  try {
    webgpu = await import('webgpu');
  } catch {
    return { gpu: undefined, reason: 'npm package webgpu is not installed' };
  }
  const reason = process.platform === 'linux' ? provideVulkan() : `npm webgpu on ${process.platform}`;
  Object.assign(globalThis, webgpu.globals);
  return { gpu: webgpu.create([DAWN]), reason };
}

/** Points the Vulkan loader at SwiftShader where the system has no driver and the user names none. */
function provideVulkan(): string {
  const folder = CHROMIUM_FOLDERS.find((candidate) => existsSync(path.join(candidate, DRIVER)));
  if (folder !== undefined && !SYSTEM_LOADERS.some((file) => existsSync(file)))
    loadLibrary(path.join(folder, 'libvulkan.so.1'));
  const chosen = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  if (chosen === undefined && folder !== undefined && !hasSystemDriver())
    process.env.VK_ICD_FILENAMES = path.join(folder, DRIVER);
  return `npm webgpu on ${chosen ?? process.env.VK_ICD_FILENAMES ?? "the system's Vulkan driver"}`;
}

function hasSystemDriver(): boolean {
  return SYSTEM_DRIVERS.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')),
  );
}

/** Leaves a shared library loaded, so that webgpu finds it by name. */
function loadLibrary(file: string): void {
  try {
    process.dlopen(
      { exports: {} },
      file,
      constants.dlopen.RTLD_LAZY | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE,
    );
  } catch {
    // Node says that it is no addon, which is so; the library stays loaded all the same.
  }
}
