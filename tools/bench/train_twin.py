# SPDX-License-Identifier: Apache-2.0
"""The networks of train_bench in PyTorch as its users write them. For every line of the input one training step (forward,
loss, backward, Adam) is done and its CPU seconds are printed.

  train_twin.py unet|firenet fp32|bf16 BATCH SIZE WIDTH
"""
import sys
import time

import torch
from torch import nn


class UNet(nn.Module):
    """pix2pix's generator: eight halvings by 4x4 convolutions, eight doublings by their transposes."""

    def __init__(self, width, levels=8):
        super().__init__()
        w = [min(width << i, width * 8) for i in range(levels)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i in range(levels):
            inner = 0 < i < levels - 1
            stage = [nn.Conv2d(3 if i == 0 else w[i - 1], w[i], 4, 2, 1, bias=not inner)]
            if i > 0:
                stage.insert(0, nn.LeakyReLU(0.2))
            if inner:
                stage.append(nn.BatchNorm2d(w[i]))
            self.down.append(nn.Sequential(*stage))
        for i in reversed(range(levels)):
            inputs, outputs = w[i] * (1 if i == levels - 1 else 2), 3 if i == 0 else w[i - 1]
            stage = [nn.ReLU(), nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=i == 0)]
            stage.append(nn.Tanh() if i == 0 else nn.BatchNorm2d(outputs))
            if 2 <= i <= 4:
                stage.append(nn.Dropout(0.5))
            self.up.append(nn.Sequential(*stage))

    def forward(self, x):
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        x = skips.pop()
        for stage in self.up:
            x = stage(x)
            if skips:
                x = torch.cat([skips.pop(), x], 1)
        return [x.float()]


def double_conv(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
                         nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Encoder(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.scales = nn.ModuleList([double_conv(inputs if i == 0 else width << (i - 1), width << i) for i in range(5)])

    def forward(self, x):
        features = []
        for i, scale in enumerate(self.scales):
            x = scale(nn.functional.max_pool2d(x, 2) if i else x)
            features.append(x)
        return features


class Decoder(nn.Module):
    def __init__(self, outputs, width):
        super().__init__()
        self.stages = nn.ModuleList()
        for i in (4, 3, 2, 1):
            self.stages += [nn.ConvTranspose2d(width << i, width << (i - 1), 2, 2),
                            double_conv(width << i, width << (i - 1))]
        self.last = nn.Conv2d(width, outputs, 1)

    def forward(self, features):
        x = features[-1]
        for up, join, skip in zip(self.stages[::2], self.stages[1::2], features[-2::-1]):
            x = join(torch.cat([skip, up(x)], 1))
        return torch.tanh(self.last(x).float())


class FireNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.shape = Encoder(3, width)
        self.wc, self.normal, self.depth, self.bg = [Decoder(n, width) for n in (3, 3, 1, 1)]
        self.transform = Encoder(8, width)
        self.uv, self.df = Decoder(2, width), Decoder(2, width)

    def forward(self, photo):
        shape = self.shape(photo)
        wc, normal, depth, bg = self.wc(shape), self.normal(shape), self.depth(shape), self.bg(shape)
        film = (bg + 1) / 2
        features = self.transform(torch.cat([torch.cat([wc, normal, depth], 1) * film, film], 1))
        return [wc, normal, depth, bg, self.uv(features), self.df(features)]


def start_as_ours(net):
    """Draws the weights of all convolutions in train_bench's order, so that both start from the same loss."""
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            w = layer.weight
            transposed = isinstance(layer, nn.ConvTranspose2d)
            taps = max(1, w.shape[2] // layer.stride[0]) if transposed else w.shape[2]
            nn.init.normal_(w, 0, (2 / ((w.shape[0] if transposed else w.shape[1]) * taps * taps)) ** 0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def main(name, precision, batch, size, width):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = UNet(width) if name == "unet" else FireNet(width)
    torch.manual_seed(1)
    start_as_ours(net)
    photo, truth = torch.rand(batch, 3, size, size), torch.rand(batch, 3, size, size) * 2 - 1
    adam = torch.optim.Adam(net.parameters(), 2e-4, betas=(0.5, 0.999))
    print(sum(p.numel() for p in net.parameters()), flush=True)
    for _ in sys.stdin:
        start = time.process_time()
        adam.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            loss = sum((out - truth[:, :out.shape[1]]).abs().mean() for out in net(photo))
        loss.backward()
        adam.step()
        value = loss.item()
        print(time.process_time() - start, value, flush=True)


main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
