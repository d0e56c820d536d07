// The permission to use the microphone, where the browser tells of it.

export interface PermissionWatch {
  /** It was there when the watch began and is there no more. */
  wasTakenBack(): boolean;
  close(): void;
}

/** Calls back when it is taken back. Undefined where the browser does not tell. */
export async function watchPermission(onTakenBack: () => void): Promise<PermissionWatch | undefined> {
  let status: PermissionStatus;
  try {
    status = await navigator.permissions.query({ name: 'microphone' });
  } catch {
    return undefined;
  }
  // Some browsers leave it at 'prompt' while a microphone that was allowed for once is open.
  const wasGranted = status.state === 'granted';
  const wasTakenBack = () => status.state === 'denied' || (wasGranted && status.state !== 'granted');
  const look = () => {
    if (wasTakenBack()) onTakenBack();
  };
  status.addEventListener('change', look);
  return { wasTakenBack, close: () => status.removeEventListener('change', look) };
}
