// What can be set in <live-monitor>: strength, microphone, switches.
import { html } from 'lit';
import '../../components/controls/select-field.ts';
import '../../components/controls/strength-slider.ts';
import '../../components/controls/toggle-switch.ts';
import type { LiveController } from './controller.ts';
import { microphoneOptions } from './parts.ts';
import type { LiveMonitorTexts } from './texts.ts';
import type { LiveState } from './state.ts';

/** Without a controller nothing can be set. */
export function settings(
  texts: LiveMonitorTexts,
  state: LiveState,
  microphones: readonly MediaDeviceInfo[],
  controller: LiveController | undefined,
  chooseMicrophone: (deviceId: string) => void,
) {
  const isOff = controller === undefined;
  const isSource = hearsSource(state);
  return html`
    <div class="settings" part="settings">
      <strength-slider
        label=${texts.strength}
        .limitDb=${state.limitDb}
        .valueText=${texts.limit}
        ?disabled=${isOff || state.bypass}
        @limit-request=${({ detail }: CustomEvent<number>) => controller?.setLimit(detail)}
      ></strength-slider>
      <select-field
        id="microphone"
        label=${texts.microphone}
        .options=${microphoneOptions(texts, microphones)}
        value=${state.deviceId}
        hint=${isSource ? texts.microphoneHint : ''}
        ?disabled=${isOff}
        ?busy=${state.run === 'starting'}
        @select-request=${({ detail }: CustomEvent<string>) => chooseMicrophone(detail)}
      ></select-field>
      ${switches(texts, state, controller)}
    </div>
  `;
}

/** Something else than a microphone is listened to. */
function hearsSource({ run, input }: LiveState): boolean {
  return run !== 'stopped' && input === 'source';
}

function switches(texts: LiveMonitorTexts, state: LiveState, controller: LiveController | undefined) {
  const isPlayed = hearsSource(state);
  const toggle = (
    id: string,
    name: string,
    hint: string,
    isOn: boolean,
    flip: (to: boolean) => unknown,
  ) => html`
    <toggle-switch
      id=${id}
      label=${name}
      hint=${hint}
      ?checked=${isOn}
      ?disabled=${controller === undefined}
      @toggle-request=${({ detail }: CustomEvent<boolean>) => void flip(detail)}
    ></toggle-switch>
  `;
  return html`
    <div class="switches">
      ${toggle('bypass', texts.bypass, texts.bypassHint, state.bypass, (to) => controller?.setBypass(to))}
      ${toggle('monitor', texts.listen, isPlayed ? texts.listenHint : texts.howlHint, state.listen, (to) =>
        controller?.setListen(to),
      )}
      ${toggle('recording', texts.record, texts.recordHint, state.recording, (to) => controller?.setRecording(to))}
    </div>
  `;
}
