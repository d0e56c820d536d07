// Turns WGSL into a compute pipeline; what does not compile is thrown with its message, line and source.
import { WebGpuUnavailableError } from '../src/shared/errors.ts';

const CONTEXT_LINES = 2;

export interface ShaderSource {
  readonly label: string;
  readonly code: string;
  /** Values of overrides by name. Those that the code does not declare are left out. */
  readonly constants: Readonly<Record<string, number>>;
}

/**
 * @throws WebGpuUnavailableError with the compiler's message, the line and the source around it.
 */
export async function createPipeline(
  device: GPUDevice,
  { label, code, constants }: ShaderSource,
  layout: GPUBindGroupLayout,
): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code });
  const [info, invalid] = await Promise.all([module.getCompilationInfo(), device.popErrorScope()]);
  const error = info.messages.find((message) => message.type === 'error');
  if (error !== undefined)
    throw failed(label, error.message, `line ${error.lineNum}:\n${excerpt(code, error.lineNum)}`);
  if (invalid !== null) throw failed(label, invalid.message);
  const declared = new Set([...code.matchAll(/\boverride\s+(\w+)/g)].map((match) => match[1]));
  try {
    return await device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: {
        module,
        entryPoint: 'main',
        constants: Object.fromEntries(Object.entries(constants).filter(([name]) => declared.has(name))),
      },
    });
  } catch (error) {
    throw failed(label, error instanceof Error ? error.message : String(error));
  }
}

function failed(label: string, message: string, got?: string): WebGpuUnavailableError {
  return new WebGpuUnavailableError(`a shader does not compile: ${message}`, {
    where: label,
    got,
    remedy: 'Update the browser and the graphics driver, or choose the wasm backend.',
  });
}

/** The lines around `line` (1-based), numbered, the line itself marked. */
function excerpt(code: string, line: number): string {
  const lines = code.split('\n');
  const first = Math.max(0, line - 1 - CONTEXT_LINES);
  return lines
    .slice(first, line + CONTEXT_LINES)
    .map((text, n) => `${first + n + 1 === line ? '>' : ' '} ${first + n + 1} | ${text}`)
    .join('\n');
}
