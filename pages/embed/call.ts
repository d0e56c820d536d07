// A call within one page: the near end sends a track, the far end hears it.
export async function call(track: MediaStreamTrack) {
  const near = new RTCPeerConnection();
  const far = new RTCPeerConnection();
  near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate ?? undefined);
  far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate ?? undefined);
  const heard = new Promise<MediaStream>((resolve) => {
    far.ontrack = ({ track: received }) => resolve(new MediaStream([received]));
  });

  near.addTrack(track); // document.querySelector('target-extractor').track
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription!);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription!);

  const hangUp = () => [near, far].forEach((end) => end.close());
  return { heard: await heard, hangUp };
}
